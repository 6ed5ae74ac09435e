"""What the web chat shows, without a browser: words, escaping, numbers, abstention, articles, colours."""

import re
import socket
import subprocess
import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import qa.web
from qa.errors import QAError, QuestionError, UnusableIndexError
from qa.schema import Answer, Article, Citation, Repetition
from qa.web import serve
from qa.web.article_view import render_article
from qa.web.problems import say_problem
from qa.web.turns import confidence_level, render_answer
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

    def of_class(self, name):
        return [attributes for _, attributes in self.found if name in attributes.get("class", "").split()]


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


def answer(text, *citations, confidence=0.9, answered=True, understood=None, searched=2, version="v"):
    return Answer(
        question="What <b>happened</b>?",
        understood=understood or "What <b>happened</b>?",
        text=text,
        answered=answered,
        confidence=confidence,
        language="en",
        citations=citations if answered else (),
        nearest=() if answered else citations,
        articles_searched=searched,
        index_version=version,
        timings_ms={},
    )


def render(said, *articles, turn=1, words=EN):
    return render_answer(turn, said, {article.id: article for article in articles}, words)


@pytest.fixture
def plain():
    return Article(
        id="plain",
        title="A title",
        language="en",
        published="2024-12-05",
        source="https://news.example/a?b=1&c=2",
        text=(
            "# Heading\n\nOne came first. Two came next.\nThree came last.\n\n"
            "- An item.\n- Another item.\n\n3. A third.\n\nAnother paragraph."
        ),
        author="Ada Blue",
    )


# Escaping


@pytest.mark.parametrize("answered", [True, False])
def test_nothing_in_an_article_becomes_markup(answered):
    citation = cite(1, HOSTILE, HOSTILE_SENTENCE)
    said = render(answer(f"{HOSTILE_SENTENCE} [1]", citation, answered=answered), HOSTILE)
    for html in (said, render_article(HOSTILE, EN, citations=[citation], turn=1, answered=answered)):
        tags = Tags(html)
        assert not tags.named("script") and not tags.named("img") and not tags.named("b")
        assert not [attributes for _, attributes in tags.found if any(name.startswith("on") for name in attributes)]
        assert not [attributes for attributes in tags.named("a") if not attributes["href"].startswith("#")]
        assert HOSTILE.title in text_of(html)
    assert HOSTILE_SENTENCE in text_of(said)
    assert "${alert(1)} {{value}}" in text_of(html), "shown as it stands"


def test_how_a_question_was_understood_is_escaped_and_can_be_undone(plain):
    html = render(answer("One came first. [1]", cite(1, plain, "One came first."), understood="<i>Why</i>?"), plain)
    assert "Understood as: <i>Why</i>?" in text_of(html)
    assert [attributes["data-do"] for attributes in Tags(html).of_class("qa-link")] == ["alone"]
    assert "Understood" not in render(answer("One came first. [1]", cite(1, plain, "One came first.")), plain)


@pytest.mark.parametrize("source", ["javascript:alert(1)", "https:", "http:///x", "data:text/html,x", "//evil.example"])
def test_only_a_web_address_becomes_a_link(plain, source):
    (link,) = [attributes for attributes in Tags(render_article(plain, EN)).named("a") if "target" in attributes]
    assert link["href"] == plain.source
    assert link["rel"] == "noopener noreferrer nofollow"
    other = Article(id="other", title="Other", language="en", published=None, source=source, text="Text.")
    assert Tags(render_article(other, EN)).named("a") == []


# Numbers


def test_every_statement_has_its_number_and_every_number_leads_to_its_sentence(plain):
    citations = (cite(1, plain, "One came first."), cite(2, plain, "Three came last."))
    html = render(answer("One came first. [1] Three came last. [2]", *citations), plain, turn=3)
    marks = Tags(html).of_class("qa-mark")
    sentences = Tags(render_article(plain, EN, citations=citations, turn=3)).of_class("qa-back")
    assert [mark["href"] for mark in marks] == [f"#{sentence['id']}" for sentence in sentences]
    assert [f"#{mark['id']}" for mark in marks] == [sentence["href"] for sentence in sentences]
    assert statements_of(html) == ["One came first. [1]", "Three came last. [2]"]


def test_a_statement_may_stand_on_several_sentences(plain):
    citations = (cite(1, plain, "One came first."), cite(2, plain, "Three came last."))
    html = render(answer("They all came [1][2]. More.", *citations), plain)
    assert statements_of(html) == ["They all came [1][2].", "More."]
    assert len(Tags(html).of_class("qa-mark")) == 2


def test_brackets_in_a_quote_are_not_taken_for_a_citation():
    first, second = cite(1, HOSTILE, HOSTILE_SENTENCE), cite(2, HOSTILE, "Far away.")
    html = render(answer(f"{HOSTILE_SENTENCE} [1] Far away. [2]", first, second), HOSTILE)
    assert statements_of(html) == [f"{HOSTILE_SENTENCE} [1]", "Far away. [2]"]
    assert len(Tags(html).of_class("qa-mark")) == 2


def test_a_number_without_a_citation_is_no_link(plain):
    html = render(answer("One came first. [1] Said [7].", cite(1, plain, "One came first.")), plain)
    assert len(Tags(html).of_class("qa-mark")) == 1
    assert "Said [7]." in html


def test_the_last_word_of_a_statement_stays_with_its_number_unless_it_is_too_long(plain):
    html = render(answer("One came first. [1]", cite(1, plain, "One came first.")), plain)
    assert re.search(r'<span class="qa-together">first\. <a class="qa-mark"', html)
    html = render(answer(f"{'[' * 10_000} [1]", cite(1, plain, "One came first.")), plain)
    assert "qa-together" not in html


def cite_words(number, article, sentence, words):
    citation = cite(number, article, sentence)
    start = article.text.index(words, citation.start)
    return replace(citation, answer_start=start, answer_end=start + len(words))


def test_the_words_that_answer_are_bold(plain):
    html = render(answer("Two came next. [1]", cite_words(1, plain, "Two came next.", "Two")), plain)
    assert "<strong>Two</strong> came" in html
    html = render(answer("Two came next. [1]", cite_words(1, plain, "Two came next.", "came next")), plain)
    assert '<strong>came</strong> <span class="qa-together"><strong>next</strong>. <a class="qa-mark"' in html
    assert statements_of(html) == ["Two came next. [1]"]


def test_bold_words_are_escaped_and_stand_in_their_own_place():
    sentence = "A <b>b</b> & a <b>b</b>."
    article = Article(id="x", title="T", language="en", published=None, source="", text=sentence)
    citation = cite(1, article, sentence)
    start = sentence.rindex("<b>")
    html = render(answer(f"{sentence} [1]", replace(citation, answer_start=start, answer_end=start + 8)), article)
    assert "&lt;/b&gt; &amp; a <strong>&lt;b&gt;b&lt;/b&gt;</strong>." in html.replace('<span class="qa-together">', "")
    assert statements_of(html) == [f"{sentence} [1]"]


@pytest.mark.parametrize("words", ["Two came next.", "Two came next"])
def test_a_whole_sentence_is_not_bold(plain, words):
    html = render(answer("Two came next. [1]", cite_words(1, plain, "Two came next.", words)), plain)
    assert "<strong>" not in html


def test_each_cited_article_is_named_once_with_its_numbers_date_and_source(plain):
    citations = (cite(1, plain, "One came first."), cite(2, plain, "Three came last."))
    html = render(answer("One came first. [1] Three came last. [2]", *citations), plain)
    sources = text_of(re.search(r'<ul class="qa-sources">(.*?)</ul>', html)[1])
    assert sources == "1 2A title5 December 2024 · https://news.example/a?b=1&c=2"
    assert "5 décembre 2024 ·" in text_of(render(answer("One came first. [1]", citations[0]), plain, words=FR))


def test_other_articles_that_say_the_same_are_named_with_the_cited_one(plain):
    copy = Repetition("copy", 0, 16, "One came <first>.", "A <copy>", "2024-12-06", "copy.txt")
    citations = (replace(cite(1, plain, "One came first."), also=(copy,)), cite(2, plain, "Three came last."))
    html = render(answer("One came first. [1] Three came last. [2]", *citations), plain)
    assert "Said the same way in: A <copy> (copy.txt)" in text_of(html)
    assert not Tags(html).named("copy") and not Tags(html).named("first")


@pytest.mark.parametrize(("confidence", "level"), [(0.99, "high"), (0.85, "high"), (0.7, "medium"), (0.51, "low")])
def test_confidence_is_said_in_words_and_explained(plain, confidence, level):
    assert confidence_level(confidence) == level
    html = render(answer("One came first. [1]", cite(1, plain, "One came first."), confidence=confidence), plain)
    assert f"<summary>Confidence: {level}</summary>" in html
    assert f"about {round(100 * confidence)} in 100" in html and str(confidence) not in html


# Abstention


def test_an_abstention_says_what_was_looked_through_and_labels_the_nearest_sentences(plain):
    version = "20261122T214601229784Z-2a715d"
    near = cite(1, plain, "One came first.")
    html = render(answer("The articles do not answer.", near, answered=False, searched=12, version=version), plain)
    assert "The articles do not answer." in html
    assert "12 articles were looked through · index of 22 November 2026, 21:46 UTC (2a715d)" in text_of(html)
    assert html.index(EN["nearest_note"]) < html.index("One came")
    assert "≈1" in html and "[1]" not in html and "Confidence" not in html and 'role="alert"' not in html
    assert Tags(render_article(plain, EN, citations=[near], answered=False)).named("mark")[0]["class"] == "qa-near"


def test_an_abstention_without_nearest_sentences_has_no_list():
    html = render(answer("The articles do not answer.", answered=False, searched=0))
    assert EN["nearest"] not in html
    assert "0 articles were looked through · index version v" in text_of(html)


# Articles


def test_an_article_reads_like_one(plain):
    html = render_article(plain, EN)
    assert [tag for tag, _ in Tags(html).found if tag not in ("bdi", "span", "a", "time")] == [
        *("article", "header", "h2", "ul", "li", "li", "li", "li"),
        *("h3", "p", "ul", "li", "li", "ol", "li", "p"),
    ]
    assert "A titleBy Ada Blue5 December 2024https://news.example/a?b=1&c=2" in text_of(html)
    assert "# " not in text_of(html) and "- An" not in text_of(html)
    assert Tags(html).named("article")[0]["lang"] == "en"
    assert {"dir": "auto", "value": "3"} in Tags(html).named("li")


def test_sentences_are_marked_where_they_stand_and_the_text_stays_whole(plain):
    citations = [cite(2, plain, "Three came last."), cite(1, plain, "One came first."), cite(3, plain, "Another item.")]
    html = render_article(plain, EN, citations=citations, turn=4)
    marked = [text_of(mark) for mark in re.findall(r"<mark[^>]*>.*?</mark>", html)]
    assert marked == ["1One came first.", "2Three came last.", "3Another item."]
    unmarked = re.sub(r'<a class="qa-back".*?</a>', "", html)
    assert "One came first. Two came next.\nThree came last." in text_of(unmarked)


def test_a_sentence_over_several_blocks_has_its_number_once(plain):
    whole = cite(1, plain, "Three came last.\n\n- An item.")
    html = render_article(plain, EN, citations=[whole])
    assert len(Tags(html).named("mark")) == 2
    assert len(Tags(html).of_class("qa-back")) == 1


def test_a_heading_that_only_repeats_the_title_is_left_out_unless_it_is_cited():
    article = Article(
        id="a", title="The bridge", language="en", published=None, source="a.md", text="# The bridge\n\nIt fell."
    )
    assert Tags(render_article(article, EN)).named("h3") == []
    assert len(Tags(render_article(article, EN, citations=[cite(1, article, "The bridge")])).named("h3")) == 1


def test_an_article_of_a_megabyte_and_ten_thousand_brackets_are_rendered():
    text = "A sentence that is here. " * 40_000 + "\n\n" + "[" * 10_000 + "\n\n" + "# " * 10_000
    article = Article(id="a", title="[" * 10_000, language="und", published="soon", source="a.txt", text=text)
    html = render_article(article, EN, citations=[cite(1, article, "A sentence that is here.")])
    assert html.startswith('<article class="qa-article qa-long" dir="auto">')
    assert html.count("A sentence that is here.") == 39_999 and ">soon</time>" in html


# Problems


@pytest.mark.parametrize(
    ("error", "french"),
    [
        (QuestionError("the question is empty. Ask something about the articles."), "La question est vide."),
        (
            UnusableIndexError("there is no index at indexes/x. Build one: qa index --index indexes/x"),
            "Il n’y a pas encore d’index dans indexes/x. Construisez-le\u00a0: qa index --index indexes/x",
        ),
        (
            UnusableIndexError("the index indexes/x is damaged: counts differ. Rebuild it: qa index seeds"),
            "L’index indexes/x est endommagé (counts differ). Reconstruisez-le\u00a0: qa index seeds",
        ),
        (QAError("something else."), "Something else."),
    ],
)
def test_common_problems_are_said_in_french_on_a_french_page(error, french):
    assert say_problem(error, FR).startswith(french)
    assert say_problem(error, EN) == str(error)[:1].upper() + str(error)[1:]


def test_the_problems_that_are_translated_are_those_that_the_engine_has(seed_qa, tmp_path):
    for question, said in (
        ("", "La question est vide"),
        ("x" * 3000, "La question compte 3"),
        ("a\x00", "La question contient"),
    ):
        with pytest.raises(QuestionError) as raised:
            seed_qa.ask(question)
        assert say_problem(raised.value, FR).startswith(said)
    with pytest.raises(QAError) as raised:
        seed_qa.ask("Qui ?", articles=["nowhere"])
    assert say_problem(raised.value, FR).startswith("L’index n’a plus d’article «\u00a0nowhere\u00a0»")
    with pytest.raises(QAError) as raised:
        seed_qa.ask("Qui ?", articles=[])
    assert say_problem(raised.value, FR).startswith("Aucun article n’est choisi")
    with pytest.raises(QAError) as raised:
        qa.ArticleQA.open(tmp_path / "none")
    assert say_problem(raised.value, FR).startswith("Il n’y a pas encore d’index")


# Words


def test_both_languages_say_the_same_things_with_the_same_blanks():
    assert FR.keys() == EN.keys()
    for key in EN:
        if not key.endswith("_one"):
            assert set(re.findall(r"{\w+}", FR[key])) == set(re.findall(r"{\w+}", EN[key])), key


def test_french_has_no_break_before_its_double_punctuation():
    assert [said for said in FR.values() if re.search(r"[^\u00a0\s][:;?!»]|(?<!\u00a0) [:;?!»]|'", said)] == []


def test_every_word_that_the_page_asks_for_is_there():
    folder = Path(qa.web.__file__).parent
    page = "".join((folder / name).read_text() for name in ("chat.html", "chat.js", "turns.js", "source.js"))
    asked = set(re.findall(r'data-(?:say|label|placeholder)="(\w+)"|words\.(\w+)', page))
    assert {first or second for first, second in asked} <= EN.keys()


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
    assert say_count(FR, "looked", 1) == "1 article parcouru"
    assert say_date(EN, "2024-11-22T10:00:00Z") == "22 November 2024"
    assert say_date(EN, "2024") == "2024"


# Colours


def colours():
    """The colours of style.css by name, for the light and for the dark."""
    style = (Path(qa.web.__file__).parent / "style.css").read_text()
    light, dark = (
        dict(re.findall(r"--qa-([\w-]+): (#\w{6});", block)) for block in re.findall(r"{(.*?)\n}", style, re.S)[:2]
    )
    return {"light": light, "dark": dark}


def contrast(one, other):
    """Contrast of two colours as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(theme):
    known = colours()[theme]
    backs = ("page", "card", "sunk")
    pairs = [(text, back) for text in ("text", "soft", "accent") for back in backs]
    pairs += [
        ("text", "accent-soft"),
        ("accent", "accent-soft"),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
    ]
    pairs += [
        ("on-mark", "mark"),
        ("on-mark", "mark-here"),
        ("text", "near"),
        ("error", "error-back"),
        ("page", "text"),
    ]
    faint = {pair: round(contrast(*map(known.get, pair)), 2) for pair in pairs if contrast(*map(known.get, pair)) < 4.5}
    assert faint == {}
    edges = {back: contrast(known["field"], known[back]) for back in ("page", "card")}
    assert min(edges.values()) >= 3, edges  # the edge of a field


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
        "import sys, qa.web.chat, qa.engine, qa.build\n"
        "from qa.embedding import load_embedding\n"
        "qa.web.chat.make_app('nowhere')\n"
        "load_embedding('bundled')\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stderr
