"""The seed articles and the seed questions: what they must hold for the rest of the tests to mean anything."""

import datetime
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import frontmatter
import pytest

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
QUESTIONS = ROOT / "tests" / "data" / "seed_questions.jsonl"

FRENCH = "coree-du-nord-russie"
ENGLISH = "russia-north-korea-treaty"

LANGUAGE = {FRENCH: "fr", ENGLISH: "en"}
DATE = {FRENCH: datetime.date(2024, 11, 22), ENGLISH: datetime.date(2024, 12, 5)}
WORDS = {FRENCH: (500, 700), ENGLISH: (250, 350)}

KINDS = {"plain", "misspelt", "unaccented", "telegraphic", "crosslingual", "foreign", "near-miss"}
UNANSWERABLE_KINDS = {"foreign", "near-miss"}

# fact -> the words of the article that state it (U+00A0 is written as a plain space here)
FACTS = {
    FRENCH: {
        "said on a Friday": "Vendredi, le directeur",
        "said by the national security director of South Korea": "le directeur de la sécurité nationale",
        "his name": "Shin Won-sik, a affirmé",
        "said on SBS": "sur la chaîne SBS",
        "anti-aircraft missiles supplied": "avait remis à la Corée du Nord des missiles antiaériens",
        "other equipment supplied": "et d’autres équipements",
        "to strengthen weak air defences": "renforcer la défense aérienne de Pyongyang, qui est faible",
        "in return for troops": "en contrepartie des troupes nord-coréennes",
        "the question that he answered": "ce que Pyongyang, aux yeux de Séoul, avait obtenu",
        "accused by South Korea and the United States": "Les États-Unis, comme la Corée du Sud, accusent",
        "nuclear-armed": "possède l’arme nucléaire",
        "more than 10,000 soldiers": "plus de 10 000 soldats nord-coréens",
        "to help fight Ukraine": "en renfort à la Russie contre l’Ukraine",
        "wanted: advanced technology": "pour obtenir de Moscou des technologies avancées",
        "wanted: combat experience": "une expérience du combat",
        "wanted: military know-how": "de la reconnaissance par satellite jusqu’aux sous-marins",
        "wanted: security guarantees": "de la Russie des garanties de sécurité",
        "bound by a mutual defence treaty": "Un traité de défense mutuelle unit les deux alliés",
        "signed in June": "signé en juin",
        "recently ratified": "vient d’être ratifié",
        "military assistance without delay if attacked": "lui apporter sans délai une assistance militaire",
        "together against Western sanctions": "sur la scène internationale, contre les sanctions occidentales",
        "Ukraine to reorient foreign policy": "réorienter sa politique étrangère",
        "a place in the war economy": "un rôle dans l’économie de guerre de la Russie",
        "supplier of arms, support, labour": "des armes, un appui militaire et des travailleurs",
        "possibly going round China": "contourner la Chine",
        "China: ally and main trading partner": "le pays avec lequel Pyongyang fait le plus de commerce",
        "natural resources such as oil and gas": "ses ressources naturelles, par exemple le pétrole et le gaz",
        "Choe Son Hui, foreign minister": "La ministre nord-coréenne des Affaires étrangères, Choe Son Hui",
        "told to Sergei Lavrov": "son homologue russe, Sergueï Lavrov",
        "beside Russia until victory": "aux côtés de la Russie jusqu’à la « victoire » en Ukraine",
        "both under UN sanctions": "les Nations unies sanctionnent les deux pays",
        "sanctions reported, not asserted": "Selon les informations rapportées",
        "UN sanctions: the nuclear arsenal": "en raison de son arsenal nucléaire",
        "UN sanctions: the war": "la Russie de Vladimir Poutine à cause de la guerre en Ukraine",
        "Putin asked in public the month before": "interrogé en public, le mois dernier",
        "Putin did not deny": "n’a pas démenti ce déploiement de troupes nord-coréennes",
        "Putin criticised Western support": "critiquer l’appui que les Occidentaux apportent à l’Ukraine",
        "North Korea: international law": "serait légal et respecterait le droit international",
        "North Korea: that same month": "Le même mois, la Corée du Nord",
        "North Korea did not confirm": "elle n’a confirmé aucun envoi",
    },
    ENGLISH: {
        "the treaty's name": "Comprehensive Strategic Partnership Treaty",
        "signed by Putin and Kim": "Vladimir Putin and Kim Jong Un had signed the partnership treaty",
        "signed in Pyongyang": "in Pyongyang",
        "signed on 19 June 2024": "on 19 June 2024",
        "article 4": "stands in article 4",
        "state of war by armed invasion": "put in a state of war by an armed invasion",
        "assistance without delay": "assist it without delay",
        "with all means": "with all means",
        "article 51 of the UN Charter": "article 51 of the Charter of the United Nations",
        "State Duma, 24 October": "the State Duma ratified the treaty on 24 October",
        "Federation Council, 6 November": "The Federation Council, the upper chamber, approved",
        "signed into law, 9 November": "on 9 November it was signed into law",
        "North Korea, by decree, 11 November": "North Korea ratified the treaty by decree on 11 November",
        "in force since 4 December 2024": "the treaty took effect on 4 December 2024",
        "earlier treaty of 1961 with the Soviet Union": "in 1961 between North Korea and the Soviet Union",
        "a similar clause in it": "contained a similar clause",
        "lapsed in 1996": "lapsed in 1996",
        "treaty of 2000 without such a clause": "treaty of friendship of 2000, by contrast, included no such clause",
    },
}


def load(article: str) -> frontmatter.Post:
    return frontmatter.loads((SEEDS / f"{article}.md").read_text(encoding="utf-8"))


def plain_spaces(text: str) -> str:
    return text.replace("\u00a0", " ")


ARTICLES = {article: load(article) for article in (FRENCH, ENGLISH)}
QUESTION_LIST = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [q for q in QUESTION_LIST if q["answerable"]]
UNANSWERABLE = [q for q in QUESTION_LIST if not q["answerable"]]

each_article = pytest.mark.parametrize("article", [FRENCH, ENGLISH])
each_fact = pytest.mark.parametrize(
    ("article", "phrase"),
    [pytest.param(a, phrase, id=f"{LANGUAGE[a]}: {fact}") for a in FACTS for fact, phrase in FACTS[a].items()],
)
each_answerable = pytest.mark.parametrize("question", ANSWERABLE, ids=[q["id"] for q in ANSWERABLE])


# The articles


@each_article
def test_the_front_matter_gives_title_date_language_and_source(article):
    meta = ARTICLES[article].metadata
    assert set(meta) == {"title", "date", "language", "source"}
    assert meta["title"].strip()
    assert meta["date"] == DATE[article]
    assert meta["language"] == LANGUAGE[article]
    assert "article-qa" in meta["source"], "says that it was written for this project"


@each_article
def test_the_body_has_the_length_of_its_form(article):
    shortest, longest = WORDS[article]
    prose = [line for line in ARTICLES[article].content.splitlines() if not line.startswith("#")]
    words = re.findall(r"\w[\w’-]*", "\n".join(prose))
    assert shortest <= len(words) <= longest


@each_article
def test_the_body_is_paragraphs_under_a_few_intertitles(article):
    lines = ARTICLES[article].content.splitlines()
    assert 2 <= sum(line.startswith("## ") for line in lines) <= 3
    assert all(line == line.strip() for line in lines)
    assert not any(before and after for before, after in pairwise(lines)), "one line a paragraph"


def test_the_french_article_follows_french_typography():
    text = ARTICLES[FRENCH].content
    assert not re.search(r"(?<!\u00a0)[:;?!»]", text), "U+00A0 before : ; ? ! »"
    assert not re.search(r"«(?!\u00a0)", text), "U+00A0 after «"
    assert not re.search(r"['\"]", text), "typographic apostrophes and quotation marks"


# The questions


def test_every_question_has_the_same_fields():
    for q in QUESTION_LIST:
        assert [field for field in q if field != "also"] == [
            "id",
            "lang",
            "question",
            "answerable",
            "article",
            "gold",
            "kind",
        ]
        assert q["question"].strip()
        assert q["kind"] in KINDS


def test_no_id_and_no_question_comes_twice():
    assert len({q["id"] for q in QUESTION_LIST}) == len(QUESTION_LIST)
    assert len({q["question"].casefold() for q in QUESTION_LIST}) == len(QUESTION_LIST)


def test_there_are_enough_questions_in_four_languages_most_of_them_french():
    by_language = Counter(q["lang"] for q in QUESTION_LIST)
    assert len(QUESTION_LIST) >= 80
    assert set(by_language) == {"fr", "en", "es", "de"}
    assert min(by_language.values()) >= 10
    assert by_language.most_common(1)[0][0] == "fr"


def test_at_least_24_are_unanswerable_and_half_of_those_are_near_misses():
    near_misses = [q for q in UNANSWERABLE if q["kind"] == "near-miss"]
    assert len(UNANSWERABLE) >= 24
    assert 2 * len(near_misses) >= len(UNANSWERABLE)
    assert {q["lang"] for q in UNANSWERABLE if q["kind"] == "foreign"} == {"fr", "en", "es", "de"}


def test_at_least_8_are_misspelt_unaccented_or_telegraphic():
    rough = Counter(q["kind"] for q in QUESTION_LIST if q["kind"] in {"misspelt", "unaccented", "telegraphic"})
    assert rough.total() >= 8
    assert len(rough) == 3


def test_cross_lingual_questions_go_both_ways():
    cross = {(q["lang"], q["article"]) for q in QUESTION_LIST if q["kind"] == "crosslingual"}
    assert cross >= {("en", FRENCH), ("es", FRENCH), ("de", FRENCH), ("fr", ENGLISH), ("es", ENGLISH), ("de", ENGLISH)}
    assert all(LANGUAGE[article] != lang for lang, article in cross)


def test_plain_questions_are_in_the_language_of_their_article():
    assert all(q["lang"] == LANGUAGE[q["article"]] for q in QUESTION_LIST if q["kind"] == "plain")


def test_unaccented_questions_have_no_accents():
    assert all(q["question"].isascii() for q in QUESTION_LIST if q["kind"] == "unaccented")


def test_unanswerable_questions_name_no_article_and_no_sentence():
    for q in UNANSWERABLE:
        assert (q["article"], q["gold"]) == (None, []), q["id"]
        assert q["kind"] in UNANSWERABLE_KINDS, q["id"]


@each_answerable
def test_every_gold_sentence_is_a_whole_sentence_of_its_article_as_it_stands(question):
    assert question["kind"] not in UNANSWERABLE_KINDS
    assert question["gold"]
    places = [question, *question.get("also", [])]
    for text, sentence in ((ARTICLES[place["article"]].content, gold) for place in places for gold in place["gold"]):
        assert text.count(sentence) == 1
        start = text.index(sentence)
        end = start + len(sentence)
        assert sentence[-1] in ".?!"
        assert text[end : end + 1] in {"", " ", "\n"}
        assert start == 0 or text[start - 1] == "\n" or text[start - 2 : start] in {". ", "? ", "! "}
        assert not re.search(r"[.?!] ", sentence), "one sentence, not two"


@each_answerable
def test_no_question_repeats_the_wording_of_its_gold_sentence(question):
    asked = re.findall(r"\w+", question["question"].casefold())
    runs = {" ".join(asked[i : i + 6]) for i in range(len(asked) - 5)}
    for sentence in question["gold"]:
        said = " ".join(re.findall(r"\w+", sentence.casefold()))
        assert not any(f" {run} " in f" {said} " for run in runs)


# The facts


@each_fact
def test_every_fact_stands_in_its_article(article, phrase):
    assert plain_spaces(ARTICLES[article].content).count(phrase) >= 1


@each_fact
def test_every_fact_is_in_the_gold_sentence_of_some_question(article, phrase):
    gold = [plain_spaces(s) for q in ANSWERABLE if q["article"] == article for s in q["gold"]]
    assert any(phrase in sentence for sentence in gold)
