"""A conversation to take away, as Markdown and as JSON."""

import json
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from qa.export import conversation_to_json, conversation_to_markdown
from qa.schema import Answer, Repetition


@pytest.fixture(scope="module")
def answers(seed_qa):
    return [
        seed_qa.ask("Sur quelle chaîne Shin Won-sik a-t-il parlé ?"),
        seed_qa.ask("Quel temps fera-t-il demain à Marseille ?"),
    ]


def test_json_gives_each_answer_back_whole(answers):
    assert [Answer.from_dict(data) for data in json.loads(conversation_to_json(answers))["answers"]] == answers


def test_markdown_gives_each_citation_with_article_source_date_and_the_exact_quote(answers):
    written = conversation_to_markdown(answers)
    first, second = answers
    for citation in first.citations:
        assert f"- [{citation.number}] “{citation.quote}” — {citation.title}, 2024-11-22, {citation.source}" in written
    assert second.text in written
    assert all(f"- ≈ “{citation.quote}”" in written for citation in second.nearest)
    assert first.index_version in written


def test_how_a_question_was_understood_is_written_below_it(answers):
    assert "\n*Et quand, à Marseille ?*\n" in conversation_to_markdown(
        [replace(answers[0], question="Et quand ?", understood="Et quand, à Marseille ?")]
    )


def test_articles_that_say_the_same_are_named_below_the_quote(answers):
    other = Repetition("copy", 0, 12, "Same thing.", "A copy", None, "copy.txt")
    cited = replace(answers[0].citations[0], also=(other,))
    written = conversation_to_markdown([replace(answers[0], citations=(cited,))])
    assert "\n  - also “Same thing.” — A copy, copy.txt\n" in written


def test_nothing_becomes_markup(answers):
    hostile = "<script>x</script> ![i](https://evil.example/y.png) [l](javascript:x) *a* `b` # c\n# d\n[x]: https://evil.example"
    cited = replace(answers[0].citations[0], quote=hostile, title=hostile, source=hostile)
    written = conversation_to_markdown(
        [replace(answers[0], question=hostile, understood=hostile, text=hostile, citations=(cited,))]
    )
    tokens = MarkdownIt().parse(written)
    inline = [child for token in tokens for child in token.children or []]
    assert {token.type for token in inline} <= {"text", "softbreak", "text_special"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"]
    assert "html_block" not in {token.type for token in tokens}
    assert " ".join(hostile.split()) in "".join(child.content for child in inline)


def test_an_empty_conversation_is_an_empty_text():
    assert conversation_to_markdown([]) == ""
    assert json.loads(conversation_to_json([])) == {"answers": []}
