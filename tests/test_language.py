"""Which language a text is in."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from qa.language import detect_language, normalize_language


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("fr", "fr"), ("FR", "fr"), ("fr-FR", "fr"), ("fr_CA.UTF-8", "fr"), ("fra", "fr"), ("fre", "fr"),
        ("French", "fr"), ("français", "fr"), ("Français (France)", "fr"), ("en-US", "en"), ("English", "en"),
        ("Deutsch", "de"), ("español", "es"), ("zh-Hans", "zh"), ("русский", "ru"), ("no", "no"), ("cy", "cy"),
        (" it ", "it"),
    ],
)  # fmt: skip
def test_a_stated_language_becomes_its_two_letter_code(stated: str, code: str) -> None:
    assert normalize_language(stated) == code


@pytest.mark.parametrize("stated", ["", "xx", "klingon", "unknown", "und", "123", "--"])
def test_a_statement_that_names_no_language_says_nothing(stated: str) -> None:
    assert normalize_language(stated) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Le musée de la ville a rouvert ses portes samedi après trois ans de travaux.", "fr"),
        ("The town museum opened its doors again on Saturday after three years of works.", "en"),
        ("El museo de la ciudad volvió a abrir sus puertas el sábado tras tres años de obras.", "es"),
        ("Das Stadtmuseum öffnete am Samstag nach drei Jahren Bauzeit wieder seine Türen.", "de"),
        ("Городской музей снова открылся в субботу после трёх лет ремонта.", "ru"),
        ("市立博物館は三年間の工事を終えて土曜日に再び開館した。", "ja"),
    ],
)
def test_the_language_of_a_text_is_detected(text: str, code: str) -> None:
    assert detect_language(text) == code


@pytest.mark.parametrize("text", ["", "  \n", "12 + 30 = 42", "2024-11-22", "a b", "?!…"])
def test_too_few_letters_tell_no_language(text: str) -> None:
    assert detect_language(text) == "und"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("Qui est Marie Curie ?", "fr"),
        ("Who is Marie Curie?", "en"),
        ("Wer ist das?", "de"),
        ("¿Quién?", "es"),
        ("And Moscow?", "en"),
        ("Et Moscou ?", "fr"),
    ],
)
def test_a_short_question_is_told_among_the_languages_given(question: str, code: str) -> None:
    assert detect_language(question, among=["fr", "en", "de", "es"]) == code


def test_only_languages_given_are_chosen() -> None:
    assert detect_language("Le musée a rouvert ses portes.", among=["de"]) == "de"


@pytest.mark.parametrize("among", [[], ["tlh"]])
def test_no_language_known_among_those_given_is_undetermined(among: list[str]) -> None:
    assert detect_language("Le musée a rouvert ses portes.", among=among) == "und"


def test_many_threads_may_ask_first() -> None:
    """In a process of its own, where the model has not been read yet."""
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from qa.language import detect_language\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(detect_language, ['Le musée a rouvert samedi après trois ans de travaux.'] * 32))\n"
        "assert set(found) == {'fr'}, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_do_not_disturb_one_another() -> None:
    asked = [("Le musée a rouvert ses portes.", "fr"), ("Das Museum ist wieder offen.", "de")] * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pair: detect_language(pair[0], among=[pair[1], "en"]), asked))
    assert found == [code for _, code in asked]


def test_importing_loads_no_model() -> None:
    code = "import sys, qa.language, qa.articles; heavy = {'py3langid', 'trafilatura', 'markdown_it', 'frontmatter',"
    code += " 'charset_normalizer', 'dateparser', 'lxml'} & set(sys.modules); assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", code], check=True)
