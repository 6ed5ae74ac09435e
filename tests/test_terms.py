"""The terms of the full-text index: stems without accents, whatever the script and however it is typed."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.terms import index_terms, language_of_stop_words, query_words


def matches(question: str, text: str, language: str, asked_in: str | None = None) -> bool:
    """Tell whether every word of a question stands in the index of a text."""
    terms = set(index_terms(text, language))
    words = query_words(question, asked_in or language, [language])
    return bool(words) and all(forms & terms for forms in words)


def test_inflected_words_have_one_term():
    assert index_terms("livraison livraisons", "fr") == index_terms("livraison", "fr")
    assert matches("missile delivered", "They deliver missiles.", "en")


def test_stop_words_are_left_out():
    assert index_terms("Le traité de la Corée", "fr") == index_terms("traité Corée", "fr")


def test_a_text_of_stop_words_alone_has_no_terms():
    assert index_terms("Il y a ce que l’on a.", "fr") == []
    assert query_words("qui est-ce ?", "fr", ["fr"]) == []


@pytest.mark.parametrize("text", ["", " \n", "?!… « »", "🙂 ❤️", "___", "\ufe0f"])
def test_a_text_without_words_has_no_terms(text):
    assert index_terms(text, "fr") == []


def test_a_word_that_occurs_twice_counts_once():
    assert index_terms("Séoul accuse. Séoul répond.", "fr").count("seoul") == 1


@pytest.mark.parametrize(
    ("question", "text"),
    [("arsenal nucleaire", "L’arsenal nucléaire"), ("SEOUL", "Séoul"), ("Lavrov", "LAVROV")],
)
def test_accents_and_case_make_no_difference(question, text):
    assert matches(question, text, "fr")


@pytest.mark.parametrize(("question", "text"), [("coree", "La Corée"), ("ratifie", "Il est ratifié")])
def test_accents_at_the_end_of_a_word_make_no_difference(question, text):
    assert matches(question, text, "fr")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("La Corée a été accusée, déclaré", "fr"),
        ("Größe Übung", "de"),
        ("İstanbul", "tr"),
        ("Ọ̀yọ́", "yo"),
        ("ΌΔΟΣ", "el"),
        ("Йошкар-Ола", "ru"),
    ],
)
def test_accents_may_be_marks_of_their_own(text, language):
    """Texts that come out of PDF files or off a Mac write é as e and a mark."""
    apart = unicodedata.normalize("NFD", text)
    assert apart != unicodedata.normalize("NFC", text)
    assert index_terms(apart, language) == index_terms(text, language)


@pytest.mark.parametrize(
    ("text", "words"),
    [("हिन्दी समाचार", 2), ("தமிழ் செய்தி", 2), ("বাংলা সংবাদ", 2), ("Ελλάδα", 1), ("Пхеньян подписал", 2), ("صاروخ", 1)],
)
def test_a_word_of_another_script_is_one_term(text, words):
    assert len(index_terms(text, "und")) == words, index_terms(text, "und")


def test_a_dotted_capital_i_is_the_letter_i():
    assert matches("istanbul", "İSTANBUL", "tr")


def test_numbers_are_terms():
    assert {"1961", "51"} <= set(index_terms("In 1961, article 51", "en"))


def test_a_question_word_has_a_form_for_each_language_of_the_index():
    (forms,) = query_words("sanctions", "en", ["en", "fr"])
    assert forms == {index_terms("sanctions", "en")[0], index_terms("sanctions", "fr")[0]}


@pytest.mark.parametrize("language", ["und", "xx", "", "zz-ZZ"])
def test_an_unknown_language_is_indexed_by_its_words(language):
    assert index_terms("Le Traité", language) == ["le", "traite"]


@given(st.text(), st.sampled_from(["fr", "en", "de", "ru", "ar", "hi", "und"]))
def test_any_text_is_found_by_its_own_words(text, language):
    words = query_words(text, language, [language])
    assert set().union(*words) == set(index_terms(text, language))


@given(st.text())
def test_no_term_is_empty_or_holds_what_full_text_search_would_read_as_an_operator(text):
    for term in index_terms(text, "fr"):
        assert term
        assert not set(term) & set('"*()^:')


def test_threads_stem_as_one_after_another():
    texts = [f"livraisons{number} nationales ratifiées" for number in range(50)]
    expected = [index_terms(text, "fr") for text in texts]
    found: list[list[list[str]]] = []
    threads = [
        threading.Thread(target=lambda: found.append([index_terms(text, "fr") for text in texts])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Qui a parlé de ce que la Russie a livré dans le cadre du traité ?", "fr"),
        ("When did the treaty between the two of them take effect?", "en"),
        ("¿Qué es lo que se dice en el tratado sobre la ayuda?", "es"),
        ("Was steht in dem Vertrag über die Hilfe, und wann gilt er?", "de"),
    ],
)
def test_stop_words_tell_the_language_of_a_question(question, language):
    assert language_of_stop_words(question, ["de", "en", "es", "fr", "it", "nl", "pt"]) == language


@pytest.mark.parametrize("question", ["", "Shin Won-sik SBS", "Kim Jong Un ?", "de la", "12345", "条約はいつ"])
def test_stop_words_leave_open_what_too_few_of_them_tell(question):
    assert language_of_stop_words(question, ["en", "es", "fr"]) is None


def test_stop_words_of_no_language_tell_nothing():
    assert language_of_stop_words("Qui a parlé de ce que la Russie a livré ?", []) is None
