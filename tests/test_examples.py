"""Questions to begin with, made from the articles and asked before they are offered."""

import pytest

import qa
from qa.examples import example_questions

ARTICLES = {
    "fr": (
        "La ministre de la Mer, Anne Le Goff, a annoncé la fermeture du port de Kerlo. "
        "Le phare a été rallumé le 3 mars 2021 par ses gardiens.",
        {"Qui est Anne Le Goff\u00a0?", "Qu’a annoncé Anne Le Goff\u00a0?", "Que s’est-il passé le 3 mars 2021\u00a0?"},
    ),
    "en": (
        "The mayor of Port Agnes, Ruth Vane, opened the new market hall. "
        "Tom Ashby, an engineer, promised a bridge of oak and steel. The old mill burned down on 14 July 1931.",
        {"Who is Ruth Vane?", "Who is Tom Ashby?", "What did Tom Ashby promise?", "What happened on 14 July 1931?"},
    ),
    "es": (
        "El alcalde de Puerto Real, Luis Ortega, inauguró el mercado. El puente se abrió el 2 de mayo de 1998.",
        {"¿Quién es Luis Ortega?", "¿Qué ocurrió el 2 de mayo de 1998?"},
    ),
    "de": (
        "Karin Vogt, die Bürgermeisterin von Seeheim, eröffnete die Halle. Die Brücke wurde am 5. Juni 1987 eröffnet.",
        {"Wer ist Karin Vogt?", "Was geschah am 5. Juni 1987?"},
    ),
}


@pytest.fixture(scope="module")
def articles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    for language, (text, _) in ARTICLES.items():
        (folder / f"{language}.md").write_text(f"---\nlanguage: {language}\n---\n\n{text}\n", encoding="utf-8")
    qa.build_index(folder, index=folder / "index")
    with qa.ArticleQA.open(folder / "index") as opened:
        yield opened


def test_questions_come_from_what_sentences_say_in_the_language_of_their_article(articles):
    questions = example_questions(articles, language="es", limit=20)
    made = set().union(*(questions for _, questions in ARTICLES.values()))
    assert set(questions) <= made
    assert len(questions) >= 5, questions
    assert questions[0] in ARTICLES["es"][1], "those in the reader's language come first"


def test_each_is_answered_with_high_confidence(articles, seed_qa):
    for opened in (articles, seed_qa):
        questions = example_questions(opened, language="fr")
        assert 1 <= len(questions) <= 4
        assert all(opened.ask(question).confidence >= 0.85 for question in questions)


def test_an_index_whose_sentences_make_no_question_has_none(tmp_path):
    (tmp_path / "a.txt").write_text("It rains. The bread is warm, and the road is long.", encoding="utf-8")
    qa.build_index(tmp_path / "a.txt", index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index") as opened:
        assert example_questions(opened) == []
