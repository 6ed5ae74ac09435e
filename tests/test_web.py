"""What the web chat shows, without a browser: words, escaping, numbers, abstention, context."""

import re
import socket
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa.errors import QAError
from qa.schema import Answer, Article, Citation
from qa.web import serve
from qa.web.render import render_answered, render_context, render_conversation, render_error
from qa.web.words import WORDS, preferred_language, say_count, say_date

EN, FR = WORDS["en"], WORDS["fr"]

HOSTILE_SENTENCE = (
    'A <script>alert("x")</script> and <img src=x onerror=alert(1)> met [a link](https://evil.example) [2].'
)
HOSTILE = Article(
    id="hostile",
    title='"Quotes" & <b>tags</b> onmouseover="alert(1)"',
    language="en",
    published="2024-11-22",
    source='javascript:alert("x")',
    text=(
        f"Before ![image](https://evil.example/i.png). {HOSTILE_SENTENCE} "
        "After ${alert(1)} {{value}}.\n\nFar away."
    ),
)


class Tags(HTMLParser):
    """The elements of some HTML and their attributes; every element must be closed."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.open = []
        self.feed(html)
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def named(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def text_of(html):
    return unescape(re.sub(r"<[^>]+>", "", html))


def statements_of(html):
    statements = re.search(r'<div class="qa-statements">(.*?)</div>', html)[1]
    return [text_of(said) for said in re.findall(r"<p[^>]*>(.*?)</p>", statements)]


def cite(number, article, sentence):
    start = article.text.index(sentence)
    return Citation(
        number=number,
        article=article.id,
        start=start,
        end=start + len(sentence),
        quote=sentence,
        score=0.9,
        title=article.title,
        published=article.published,
        source=article.source,
    )


def answer(text, *citations, confidence=0.9, answered=True):
    return Answer(
        question="What <b>happened</b>?",
        understood="What <b>happened</b>?",
        text=text,
        answered=answered,
        confidence=confidence,
        language="en",
        citations=citations if answered else (),
        nearest=() if answered else citations,
        articles_searched=2,
        index_version="v",
        timings_ms={},
    )


def render(said, *articles, turn=1, count=2, words=EN):
    return render_answered(turn, said, {article.id: article for article in articles}, count, words)


@pytest.fixture
def plain():
    return Article(
        id="plain",
        title="A title",
        language="en",
        published="2024-12-05",
        source="https://news.example/a?b=1&c=2",
        text="# Heading\n\nOne came first. Two came next.\nThree came last.\n\nAnother paragraph.",
    )


# Escaping


@pytest.mark.parametrize("answered", [True, False])
def test_nothing_in_an_article_becomes_markup(answered):
    html = render(answer(f"{HOSTILE_SENTENCE} [1]", cite(1, HOSTILE, HOSTILE_SENTENCE), answered=answered), HOSTILE)
    tags = Tags(html)
    assert not tags.named("script") and not tags.named("img") and not tags.named("b")
    assert not [attributes for _, attributes in tags.found if any(name.startswith("on") for name in attributes)]
    assert not [attributes for attributes in tags.named("a") if not attributes["href"].startswith("#")]
    assert HOSTILE_SENTENCE in text_of(html)
    assert HOSTILE.title in text_of(html)
    assert "${alert(1)} {{value}}" in text_of(html), "shown as it stands"


def test_question_and_error_are_escaped_too():
    html = render_error("<img src=x>", "the index <i>x</i> is missing.", EN)
    assert {tag for tag, _ in Tags(html).found} == {"section", "h2", "div", "strong"}
    assert "The index <i>x</i> is missing." in text_of(html)


def test_only_a_web_address_becomes_a_link(plain):
    html = render(answer("One came first. [1]", cite(1, plain, "One came first.")), plain)
    (link,) = [attributes for attributes in Tags(html).named("a") if "target" in attributes]
    assert link["href"] == plain.source
    assert link["rel"] == "noopener noreferrer nofollow"


# Numbers


def test_every_statement_has_its_number_and_every_number_leads_to_its_quote(plain):
    citations = (cite(1, plain, "One came first."), cite(2, plain, "Three came last."))
    html = render(answer("One came first. [1] Three came last. [2]", *citations), plain, turn=3)
    tags = Tags(html)
    marks = [attributes["href"] for attributes in tags.named("a") if attributes.get("class") == "qa-mark"]
    assert marks == ["#quote-3-1", "#quote-3-2"]
    assert [attributes["id"] for attributes in tags.named("li")] == ["quote-3-1", "quote-3-2"]
    assert statements_of(html) == ["One came first. [1]", "Three came last. [2]"]


def test_a_statement_may_stand_on_several_sentences(plain):
    citations = (cite(1, plain, "One came first."), cite(2, plain, "Three came last."))
    html = render(answer("They all came [1][2]. More.", *citations), plain)
    assert statements_of(html) == ["They all came [1][2].", "More."]
    assert html.count('class="qa-mark"') == 2


def test_brackets_in_a_quote_are_not_taken_for_a_citation():
    first, second = cite(1, HOSTILE, HOSTILE_SENTENCE), cite(2, HOSTILE, "Far away.")
    html = render(answer(f"{HOSTILE_SENTENCE} [1] Far away. [2]", first, second), HOSTILE)
    assert html.count('class="qa-mark"') == 2
    assert "(https://evil.example) [2]. <a" in html


def test_a_number_without_a_citation_is_no_link(plain):
    html = render(answer("One came first. [1] Said [7].", cite(1, plain, "One came first.")), plain)
    assert html.count('class="qa-mark"') == 1
    assert "Said [7]." in html


def test_each_quote_names_title_date_and_source(plain):
    said = answer("One came first. [1]", cite(1, plain, "One came first."))
    assert "A title · 5 December 2024 · https://news.example/a?b=1&c=2" in text_of(render(said, plain))
    assert "A title · 5 décembre 2024 ·" in text_of(render(said, plain, words=FR))


@pytest.mark.parametrize(("confidence", "level"), [(0.99, "high"), (0.85, "high"), (0.7, "medium"), (0.51, "low")])
def test_confidence_is_said_in_words_with_its_number_in_the_title(plain, confidence, level):
    html = render(answer("One came first. [1]", cite(1, plain, "One came first."), confidence=confidence), plain)
    assert f'title="{confidence:.2f}">Confidence: {level}<' in html


# Abstention


def test_an_abstention_says_what_was_looked_through_and_labels_the_nearest_sentences(plain):
    said = answer("The articles do not answer this question.", cite(1, plain, "One came first."), answered=False)
    html = render(said, plain, count=12)
    assert "The articles do not answer this question." in html
    assert "I looked through 12 articles." in html
    assert html.index(EN["nearest"]) < html.index("One came first.")
    assert 'class="qa-mark"' not in html and "Confidence" not in html and 'role="alert"' not in html


def test_an_abstention_without_nearest_sentences_has_no_list():
    html = render(answer("The articles do not answer this question.", answered=False), count=0)
    assert EN["nearest"] not in html
    assert "I looked through 0 articles." in html


# Context


def test_the_context_is_the_paragraph_with_the_sentence_marked(plain):
    start = plain.text.index("Two")
    html = render_context(plain.text, start, start + len("Two came next."))
    assert html == "One came first. <mark>Two came next.</mark>\nThree came last."


@pytest.mark.parametrize("sentence", ["# Heading", "Another paragraph."])
def test_the_first_and_the_last_paragraph_have_a_context(plain, sentence):
    start = plain.text.index(sentence)
    assert render_context(plain.text, start, start + len(sentence)) == f"<mark>{sentence}</mark>"


def test_a_long_paragraph_is_cut_between_words_on_both_sides():
    text = "word " * 1000 + "Here. " + "more " * 1000
    start = text.index("Here.")
    html = render_context(text, start, start + 5)
    assert html.startswith("…word ") and html.endswith(" more…")
    assert "<mark>Here.</mark>" in html
    assert len(html) < 2000


# Words


def test_both_languages_say_the_same_things_with_the_same_blanks():
    assert FR.keys() == EN.keys()
    for key in EN:
        if not key.endswith("_one"):
            assert set(re.findall(r"{\w+}", FR[key])) == set(re.findall(r"{\w+}", EN[key])), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.5", "en"),
        ("de, fr;q=0.4, en;q=0.3", "fr"),
        ("en;q=0.1, fr;q=0.7", "fr"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("fr;q=much, ;;,", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_is_the_first_that_the_browser_asks_for_and_the_chat_speaks(header, language):
    assert preferred_language(header) == language


def test_counts_and_dates_are_said_as_one_says_them():
    assert say_count(FR, "looked", 1) == "J’ai parcouru un article."
    assert say_date(EN, "2024-11-22T10:00:00Z") == "22 November 2024"
    assert say_date(EN, "2024") == "2024"


def test_a_conversation_is_a_log_that_screen_readers_follow():
    (log,) = Tags(render_conversation([], FR)).named("div")
    assert log == {"role": "log", "aria-label": "Conversation"}


# Serving


def test_a_taken_port_is_refused_with_another_one_to_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mend = f"Stop what uses it, or choose another port: PORT={port + 1} or --port {port + 1}"
        with pytest.raises(QAError, match=rf"port {port}: Address .*in use\. {mend}"):
            serve(port=port)


def test_a_port_out_of_range_is_refused():
    with pytest.raises(QAError, match="70000 is not a port"):
        serve(port=70000)


def test_the_chat_does_not_import_what_only_other_models_need():
    script = (
        "import sys, qa.web, qa.engine, qa.build\n"
        "from qa.embedding import load_embedding\n"
        "qa.web.make_app('nowhere')\n"
        "load_embedding('bundled')\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stderr
