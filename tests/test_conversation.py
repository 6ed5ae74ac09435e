"""Follow-up questions: what they leave out comes from the last turns; what stands alone is left alone."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from pathlib import Path

import pytest

from qa.conversation import understand
from qa.errors import QuestionError
from qa.language import detect_language
from qa.schema import Answer

DATA = Path(__file__).parent / "data"
DIALOGUES = [json.loads(line) for line in (DATA / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()]
QUESTIONS = [json.loads(line) for line in (DATA / "seed_questions.jsonl").read_text(encoding="utf-8").splitlines()]

FOLLOW_UPS_RIGHT_MIN = 0.85


def said(question: str, language: str = "fr", understood: str | None = None) -> Answer:
    """Return an earlier turn of which only the question matters."""
    return Answer(question, understood or question, "", True, 0.9, language, (), (), 2, "v", {})


def understood(question: str, *before: Answer) -> str:
    return str(understand(question, before))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def right(turn: dict, answer: Answer) -> bool:
    """Tell whether a gold sentence is cited; for what the articles do not treat, whether nothing is."""
    if not turn["gold"]:
        return not answer.answered
    return any(gold in plain(citation.quote) for citation in answer.citations for gold in turn["gold"])


# The dialogues


@pytest.fixture(scope="module")
def turns(seed_qa) -> list[tuple[dict, dict, Answer]]:
    """Every turn of the dialogues with its dialogue and its answer."""
    found = []
    for dialogue in DIALOGUES:
        history: list[Answer] = []
        for turn in dialogue["turns"]:
            history.append(seed_qa.ask(turn["question"], history=history))
            found.append((dialogue, turn, history[-1]))
    return found


def test_the_dialogues_are_what_they_are_meant_to_be(seed_qa):
    texts = [plain(article.text) for article in seed_qa.articles()]
    assert len(DIALOGUES) >= 60
    assert {dialogue["lang"] for dialogue in DIALOGUES} == {"fr", "en", "es", "de"}
    changed = [d for d in DIALOGUES if any(turn["kind"] in ("change", "foreign") for turn in d["turns"])]
    assert len(changed) >= len(DIALOGUES) / 3
    for dialogue in DIALOGUES:
        assert len(dialogue["turns"]) in (2, 3)
        for turn in dialogue["turns"]:
            assert bool(turn["gold"]) == (turn["kind"] != "foreign")
            assert all(any(gold in text for text in texts) for gold in turn["gold"]), turn


def test_follow_ups_get_a_right_sentence_cited(turns, record_testsuite_property):
    missed, by_half = [], defaultdict(list)
    for dialogue, turn, answer in turns:
        if turn["kind"] == "follow":
            by_half[dialogue["split"]].append(right(turn, answer))
            if not right(turn, answer):
                missed.append(f"{dialogue['id']} {answer.understood} -> {answer.text[:100]}")
    for half, found in by_half.items():
        record_testsuite_property(f"follow_ups_right_{half}", f"{sum(found)} of {len(found)}")
    all_of_them = [found for half in by_half.values() for found in half]
    share = sum(all_of_them) / len(all_of_them)
    assert share >= FOLLOW_UPS_RIGHT_MIN, f"{share:.3f} of {len(all_of_them)}; missed:\n" + "\n".join(missed)


def test_a_changed_subject_is_answered_as_if_it_were_asked_alone(turns, seed_qa):
    changed = [(turn, answer) for _, turn, answer in turns if turn["kind"] in ("change", "foreign")]
    assert len(changed) >= 20
    for turn, answer in changed:
        alone = seed_qa.ask(turn["question"])
        assert (answer.understood, answer.text) == (turn["question"], alone.text), turn["question"]
        assert right(turn, answer) or not right(turn, alone)


def test_a_question_that_stands_alone_is_left_alone_after_any_other():
    """The questions of the seeds, each after the one before it in the file."""
    for before, question in zip(QUESTIONS[-1:] + QUESTIONS, QUESTIONS, strict=False):
        after = understand(question["question"], [said(before["question"], before["lang"])])
        assert str(after) == question["question"], (before["question"], str(after))
        assert not after.leans


# How a question is understood


@pytest.mark.parametrize(
    ("before", "question", "as_understood"),
    [
        (
            "La Corée du Nord a-t-elle envoyé des soldats ?",
            "Et combien ?",
            "Et combien ? (à propos de : La Corée du Nord a envoyé des soldats)",
        ),
        ("Quand le pont a-t-il ouvert ?", "Et pourquoi ?", "Et pourquoi ? (à propos de : le pont a ouvert)"),
        ("When did the bridge open?", "Why?", "Why? (about: the bridge open)"),
        ("¿Quién firmó el tratado?", "¿Y cuándo?", "¿Y cuándo? (sobre: firmó el tratado)"),
        ("Wann trat der Vertrag in Kraft?", "Und warum?", "Und warum? (zu: trat der Vertrag in Kraft)"),
        ("Quando è stato firmato il trattato?", "E perché?", "E perché? (a proposito di: è stato firmato il trattato)"),
        ("Wanneer werd de brug geopend?", "En waarom?", "En waarom? (over: werd de brug geopend)"),
        ("Quando foi assinado o tratado?", "E por quê?", "E por quê? (sobre: foi assinado o tratado)"),
    ],
)
def test_what_a_bare_question_leaves_out_is_what_the_last_one_was_about(before, question, as_understood):
    language = detect_language(before, among=["fr", "en", "es", "de", "it", "nl", "pt"])
    assert plain(understood(question, said(before, language))) == as_understood


@pytest.mark.parametrize(
    ("before", "question", "as_understood"),
    [
        (
            "Pourquoi l'ONU sanctionne-t-elle la Corée du Nord ?",
            "Et la Russie ?",
            "Pourquoi l'ONU sanctionne-t-elle la Russie ?",
        ),
        (
            "When did the State Duma ratify the treaty?",
            "And the Federation Council?",
            "When did the Federation Council ratify the treaty?",
        ),
        (
            "What does the treaty of 2000 say about help?",
            "And the one of 1961?",
            "What does the treaty of 1961 say about help?",
        ),
        ("¿Ratificó la Duma el tratado?", "¿Y Corea del Norte?", "¿Ratificó Corea del Norte el tratado?"),
        ("Was hat Choe Son Hui versprochen?", "Und Lawrow?", "Was hat Lawrow versprochen?"),
    ],
)
def test_a_name_takes_the_place_of_its_like_in_the_last_question(before, question, as_understood):
    language = detect_language(before, among=["fr", "en", "es", "de"])
    assert understood(question, said(before, language)) == as_understood


def test_what_took_a_place_gives_it_to_the_next():
    first = said("Quand la Douma a-t-elle ratifié le traité ?")
    second = said("Et la Corée du Nord ?", understood=understood("Et la Corée du Nord ?", first))
    assert second.understood == "Quand la Corée du Nord a-t-elle ratifié le traité ?"
    assert understood("Et la chambre haute ?", first, second) == "Quand la chambre haute a-t-elle ratifié le traité ?"


def test_a_name_without_its_like_is_put_beside_the_whole_last_question():
    after = understood("Et en Ukraine ?", said("Combien de soldats ont été envoyés ?"))
    assert plain(after) == "Et en Ukraine ? (à propos de : combien de soldats ont été envoyés)"


@pytest.mark.parametrize(
    "question",
    [
        "Quand a-t-il été signé ?",
        "À quelle date a-t-elle répondu ?",
        "Pourquoi ce traité ?",
        "Quelle est sa fonction ?",
        "Qu'a-t-il dit d'autre ?",
        "Quel jour ?",
        "When was it signed?",
        "What did he say?",
        "¿Para qué sirven?",
        "Wann wurde er unterzeichnet?",
        "Wem hat sie das versprochen?",
    ],
)
def test_a_word_for_something_named_before_leans_on_it(question):
    assert "traité de défense" in understood(question, said("Qui a signé le traité de défense ?"))


@pytest.mark.parametrize(
    "question",
    [
        "Quand la Douma a-t-elle ratifié le traité ?",
        "Quelles fonctions Shin Won-sik exerce-t-il ?",
        "Qu'est-ce qui a causé la guerre ?",
        "Y a-t-il une clause sur les sanctions ?",
        "Et quel temps fera-t-il demain à Marseille ?",
        "Qu'est-ce que la photosynthèse ?",
        "Qui est Lavrov ?",
        "Lavrov ?",
        "When did the treaty take effect?",
        "And what did Choe Son Hui promise to Lavrov?",
        "And how long do I have to boil an egg?",
        "Is it true that the State Duma ratified the treaty in October?",
        "¿Cuál es la capital de Francia?",
        "Wo liegt Moskau?",
        "Gibt es eine Klausel über Sanktionen?",
        "1961 treaty end year",
        "Merci !",
        "?!",
        "Почему?",
        "为什么？",
    ],
)
def test_a_question_that_says_what_it_is_about_is_left_alone(question):
    assert understood(question, said("Combien de soldats ont été envoyés ?")) == question


def test_a_follow_up_may_be_in_another_language():
    after = understand("And how many?", [said("La Corée du Nord a-t-elle envoyé des soldats ?")])
    assert str(after) == "And how many? (about: La Corée du Nord a envoyé des soldats)"
    assert after.language == "en"


def test_without_a_conversation_every_question_stands_alone():
    assert understood("Et combien ?") == "Et combien ?"


def test_the_subject_lasts_through_ten_turns_and_does_not_grow():
    history = [said("Qui a signé le traité de défense ?")]
    for question in [
        "Quand ?",
        "Et où ?",
        "Quel jour exactement a-t-il été ratifié ?",
        "Pourquoi ?",
        "Et comment ?",
    ] * 2:
        history.append(said(question, understood=understood(question, *history)))
    assert "traité de défense" in history[-1].understood
    assert len(history[-1].understood) < 200


# In an open index


def test_an_answer_says_how_its_question_was_understood(seed_qa):
    first = seed_qa.ask("La Corée du Nord a-t-elle envoyé des soldats en Russie ?")
    answer = seed_qa.ask("Et combien ?", history=[first])
    assert answer.question == "Et combien ?"
    assert answer.understood.startswith("Et combien ? (à propos de")
    assert "plus de 10 000 soldats" in plain(answer.text)
    assert first.understood == first.question


def test_asking_again_without_the_conversation_undoes_it(seed_qa):
    first = seed_qa.ask("La Corée du Nord a-t-elle envoyé des soldats en Russie ?")
    assert seed_qa.ask("Et combien ?", history=[first]).understood != "Et combien ?"
    assert seed_qa.ask("Et combien ?", history=()).understood == "Et combien ?"


def test_what_was_cited_is_not_cited_again_when_more_is_asked_for(seed_qa):
    history = [seed_qa.ask("Pourquoi Kim Jong Un a-t-il envoyé des troupes ?")]
    for question in ("Quoi d'autre ?", "Et quoi d'autre ?"):
        answer = seed_qa.ask(question, history=history)
        before = {citation.quote for turn in history for citation in turn.citations}
        assert not before & {citation.quote for citation in (*answer.citations, *answer.nearest)}
        history.append(answer)


def test_a_follow_up_of_an_abstention_is_about_what_was_asked_then(seed_qa):
    foreign = seed_qa.ask("Comment réussir une mayonnaise maison ?")
    assert not foreign.answered
    answer = seed_qa.ask("Et pourquoi ?", history=[seed_qa.ask("Qui a parlé sur SBS ?"), foreign])
    assert "mayonnaise" in answer.understood
    assert not answer.answered, answer.text


def test_a_conversation_about_articles_that_are_gone_goes_on(seed_qa):
    first = seed_qa.ask("Quand le traité est-il entré en vigueur ?")
    gone = [dataclasses.replace(citation, article="gone", start=10**30) for citation in first.citations]
    history = [dataclasses.replace(first, citations=tuple(gone), index_version="older")]
    assert "le traité est entré en vigueur" in seed_qa.ask("Et pourquoi ?", history=history).understood


def test_a_follow_up_keeps_to_the_articles_that_it_is_restricted_to(seed_qa):
    first = seed_qa.ask("When did the treaty take effect?")
    answer = seed_qa.ask("Why?", history=[first], articles=["coree-du-nord-russie"])
    assert {citation.article for citation in (*answer.citations, *answer.nearest)} == {"coree-du-nord-russie"}


def test_a_conversation_can_be_kept_as_json(seed_qa):
    first = seed_qa.ask("Qui a parlé de missiles antiaériens ?")
    kept = Answer.from_dict(json.loads(json.dumps(first.to_dict())))
    one, other = (seed_qa.ask("Sur quelle chaîne ?", history=[turn]) for turn in (first, kept))
    assert (one.understood, one.text) == (other.understood, other.text)


@pytest.mark.parametrize(
    ("history", "named"),
    [(["Qui ?"], "not str"), ([{"question": "Qui ?"}], "not dict"), ("Qui ?", "not str"), (7, "not int")],
)
def test_a_history_of_anything_but_answers_says_so(seed_qa, history, named):
    with pytest.raises(QuestionError, match=named):
        seed_qa.ask("Et combien ?", history=history)
