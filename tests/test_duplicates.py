"""Near-duplicates: copies of one dispatch are found, reported, and count as one source, both named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import qa
from qa.duplicates import group_near_duplicates, make_signature, say_the_same, stands_alone
from qa.settings import Settings

ANY = Settings(answer_threshold=0.0)

DISPATCH = """Le port de Brévalle a rouvert lundi matin après onze jours de grève des pilotes.
Trois porte-conteneurs attendaient au large depuis le début du mouvement.
La direction a accepté d’embaucher huit pilotes avant la fin de l’année.
« Nous avons obtenu ce que nous demandions », a déclaré Maëlle Corvec, qui représente les pilotes.
La chambre de commerce estime les pertes à quatorze millions d’euros.
Les premiers navires sont entrés dans le bassin vers six heures."""

EDITED = DISPATCH.replace("lundi matin", "lundi").replace("Trois porte-conteneurs", "Trois grands porte-conteneurs")
OTHER = """Le maire de Brévalle veut rouvrir la ligne de tramway qui mène au port.
Les travaux dureraient deux ans et coûteraient trente millions d’euros.
Une réunion publique aura lieu jeudi à la salle des fêtes."""


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """A folder with a dispatch, an edited copy of it, and another article."""
    folder = tmp_path / "wire"
    folder.mkdir()
    for name, text in {"a-agence": DISPATCH, "b-journal": EDITED, "c-tramway": OTHER}.items():
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\ndate: 2025-03-04\n---\n\n{text}\n", encoding="utf-8")
    return folder


# Finding them


def test_copies_of_a_dispatch_are_reported(wire, tmp_path):
    report = qa.build_index(wire, index=tmp_path / "index")
    assert [group.articles for group in report.near_duplicates] == [("a-agence", "b-journal")]
    assert 0.5 < report.near_duplicates[0].shared < 1
    assert report.refused == ()


def test_they_are_reported_by_each_build_and_gone_with_the_copy(wire, tmp_path):
    for _ in range(2):
        assert len(qa.build_index(wire, index=tmp_path / "index").near_duplicates) == 1
    (wire / "b-journal.md").unlink()
    assert qa.build_index(wire, index=tmp_path / "index").near_duplicates == ()


def edit(text: str, rng: random.Random) -> str:
    """Change one word of each sentence."""
    edited = []
    for sentence in text.splitlines():
        words = sentence.split()
        words[rng.randrange(len(words))] = "autrement"
        edited.append(" ".join(words))
    return "\n".join(edited)


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_whose_every_sentence_was_touched_once_is_found(seed):
    """Here no sentence is shared, so that shared sentences would not tell."""
    texts = [DISPATCH, OTHER, edit(DISPATCH, random.Random(seed))]
    signatures = [(row, make_signature(text)) for row, text in enumerate(texts)]
    assert [rows for rows, _ in group_near_duplicates(signatures)] == [[0, 2]]


def test_articles_about_the_same_thing_are_no_copies(seed_qa):
    signatures = [(row, make_signature(article.text)) for row, article in enumerate(seed_qa.articles())]
    assert list(group_near_duplicates(signatures)) == []


def test_a_hundred_copies_are_one_group():
    rng = random.Random(1)
    texts = [DISPATCH, *(DISPATCH.replace("lundi", f"le {rng.randrange(1, 29)} mars") for _ in range(99))]
    groups = list(group_near_duplicates((row, make_signature(text)) for row, text in enumerate(texts)))
    assert [rows for rows, _ in groups] == [list(range(100))]


def test_texts_of_a_few_words_are_not_compared():
    assert make_signature("Le pont ouvre en mai.") is None
    assert list(group_near_duplicates([])) == []


# Saying the same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Trois cargos attendaient au large.", "Trois cargos attendaient au large !", True),
        (
            "Le port de Brévalle a rouvert lundi matin après onze jours de grève des pilotes.",
            "Le port de Brévalle a rouvert lundi après onze jours de grève des pilotes.",
            True,
        ),
        (
            "Le port de Brévalle a rouvert lundi après onze jours de grève des pilotes.",
            "Le port de Brévalle a rouvert lundi après douze jours de grève des pilotes.",
            False,
        ),
        ("Les pertes sont estimées à 14 millions d’euros.", "Les pertes sont estimées à 15 millions d’euros.", False),
        ("La direction a accepté cette embauche.", "La direction n’a pas accepté cette embauche.", False),
        ("The council did approve the new bridge.", "The council didn't approve the new bridge.", False),
        ("Le port a rouvert.", "Le tramway reviendra au port.", False),
    ],
)  # fmt: skip
def test_small_edits_say_the_same_but_other_numbers_and_negations_do_not(one, other, same):
    assert say_the_same(one, other) is say_the_same(other, one) is same


def test_a_sentence_of_a_few_words_means_something_else_elsewhere():
    assert not stands_alone("Il n’a pas répondu.")
    assert stands_alone("La direction a accepté d’embaucher huit pilotes.")


# Answering


def repeated(answer: qa.Answer) -> dict[str, list[str]]:
    return {c.article: [other.article for other in c.also] for c in (*answer.citations, *answer.nearest)}


@pytest.mark.parametrize(
    "question",
    [
        "Combien de pilotes la direction a-t-elle accepté d’embaucher ?",
        "Combien de porte-conteneurs attendaient au large ?",
        "Quand le port de Brévalle a-t-il rouvert ?",
    ],
)
def test_two_copies_are_one_source_and_both_are_named(wire, tmp_path, question):
    qa.build_index(wire, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", settings=ANY) as engine:
        answer = engine.ask(question)
        first = answer.citations[0]
        assert {first.article, *(other.article for other in first.also)} == {"a-agence", "b-journal"}, repeated(answer)
        assert [(other.title, other.published) for other in first.also] == [(first.also[0].article, "2025-03-04")]
        for citation in answer.citations:
            for other in citation.also:
                assert engine.article(other.article).text[other.start : other.end] == other.quote
        assert len({" ".join(c.quote.split()[:4]) for c in answer.citations}) == len(answer.citations)


def test_copies_do_not_crowd_out_what_else_was_found(wire, tmp_path):
    for number in range(12):
        edited = DISPATCH.replace("Les premiers navires", f"Les premiers navires, dont le Navire-{number},")
        (wire / f"d-copy-{number}.md").write_text(edited, encoding="utf-8")
    qa.build_index(wire, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", settings=ANY) as engine:
        found = engine.retriever.candidates(engine.retriever.search("Que veut rouvrir le maire de Brévalle ?"))
        assert len({candidate.sentence.text for candidate in found}) == len(found) == 8
        answer = engine.ask("Combien de pilotes la direction va-t-elle embaucher ?")
        assert len(answer.citations[0].also) == 13


def test_the_same_words_in_articles_that_are_no_copies_are_one_source_too(wire, tmp_path):
    (wire / "c-tramway.md").write_text(
        OTHER + "\nLa direction a accepté d’embaucher huit pilotes avant la fin de l’année.\n", "utf-8"
    )
    (wire / "b-journal.md").unlink()
    assert qa.build_index(wire, index=tmp_path / "index").near_duplicates == ()
    with qa.ArticleQA.open(tmp_path / "index", settings=ANY) as engine:
        answer = engine.ask("Combien de pilotes la direction a-t-elle accepté d’embaucher ?")
        assert len(answer.citations[0].also) == 1, repeated(answer)


def test_a_question_to_one_article_names_no_other(wire, tmp_path):
    qa.build_index(wire, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", settings=ANY) as engine:
        answer = engine.ask("Combien de pilotes la direction a-t-elle accepté d’embaucher ?", articles=["b-journal"])
        assert repeated(answer)["b-journal"] == []


def test_an_answer_with_copies_is_read_back_from_json(wire, tmp_path):
    import json

    qa.build_index(wire, index=tmp_path / "index")
    with qa.ArticleQA.open(tmp_path / "index", settings=ANY) as engine:
        answer = engine.ask("Combien de pilotes la direction a-t-elle accepté d’embaucher ?")
    assert qa.Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer
    assert "\n  - " in answer.to_markdown()
