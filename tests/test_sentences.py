"""What a sentence is: where it begins and ends, what it never breaks, and which lines are headings and items."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.sentences import split_sentences

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "und", "xx")


def texts(text: str, language: str = "fr") -> list[str]:
    return [sentence.text for sentence in split_sentences(text, language)]


def kinds(text: str, language: str = "fr") -> list[tuple[str, str]]:
    return [(sentence.kind, sentence.text) for sentence in split_sentences(text, language)]


# Offsets


def check_offsets(text: str, language: str) -> None:
    """Sentences are cut out of the text, in order, apart from each other, trimmed, and leave out markers only."""
    end = 0
    left_out = []
    for sentence in split_sentences(text, language):
        assert end <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        left_out.append(text[end : sentence.start])
        end = sentence.end
    left_out.append(text[end:])
    for gap in left_out:
        for line in gap.splitlines():
            assert re.fullmatch(r"\s*(#{1,6}|[-*•]|\d{1,3}[.)])?\s*", line), f"{line!r} is in no sentence"


@given(st.text(), st.sampled_from(LANGUAGES))
def test_every_character_of_any_text_is_in_one_sentence(text: str, language: str) -> None:
    check_offsets(text, language)


FRAGMENTS = (
    *("Le chat dort", "il pleut", "M.", "Dupont", "U.S.", "3,5 %", "10.000", "p. ex.", "J.-P.", "3. Oktober", "etc."),
    *(
        ".",
        "!",
        "?",
        "...",
        "…",
        "。",
        "؟",
        "।",
        "?!",
        ",",
        ";",
        ":",
        "«",
        "»",
        "“",
        "”",
        "„",
        '"',
        "'",
        "(",
        ")",
        "[…]",
    ),
    *(" ", " ", " ", "\u00a0", "\u202f", "\n", "\r\n", "\n\n", "\n \n", "\u2028", "\t"),
    *("# ", "## Titre", "- ", "* ", "• ", "1. ", "12) ", "—", "É", "e\u0301", "好", "は", "ह", "ش", "😀", "\u200b"),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.sampled_from(LANGUAGES))
def test_every_character_of_text_like_prose_is_in_one_sentence(text: str, language: str) -> None:
    check_offsets(text, language)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_paragraphs_are_numbered_in_order_from_0_without_gaps_where_every_one_has_a_sentence(text: str) -> None:
    numbers = [sentence.paragraph for sentence in split_sentences(text)]
    assert numbers == sorted(numbers)
    assert all(number >= 0 for number in numbers)


def test_offsets_count_code_points_not_bytes() -> None:
    first, second = split_sentences("Été 😀 chaud. Hiver froid.", "fr")
    assert (first.start, first.end) == (0, 12)
    assert (second.start, second.end) == (13, 25)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\r\n \t\u00a0\r\n", "# \n- \n1. \n"])
def test_a_text_of_white_space_and_markers_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


# What ends a sentence


@pytest.mark.parametrize("mark", [".", "!", "?", " !", " ?", "\u202f?", "?!", "...", "…", " !!!"])
def test_final_punctuation_before_a_capital_letter_ends_a_sentence(mark: str) -> None:
    assert texts(f"Le vent tourne{mark} Demain il pleuvra.") == [f"Le vent tourne{mark}", "Demain il pleuvra."]


def test_the_end_of_a_paragraph_ends_a_sentence_without_punctuation() -> None:
    assert texts("La nuit tombe, et\nle vent avec elle\n\nLe jour se lève.") == [
        "La nuit tombe, et\nle vent avec elle",
        "Le jour se lève.",
    ]


def test_a_number_can_begin_a_sentence() -> None:
    assert texts("La salle était pleine. 300 personnes attendaient dehors.") == [
        "La salle était pleine.",
        "300 personnes attendaient dehors.",
    ]


@pytest.mark.parametrize("number", ["1987", "Sauerstoff-18", "3,5", "20 °C"])
def test_a_number_that_is_no_ordinal_can_end_a_sentence(number: str) -> None:
    assert len(texts(f"Auf dem Schild steht {number}. Regen hat den Rest verwischt.", "de")) == 2


def test_a_name_that_begins_with_a_small_letter_but_is_not_all_small_begins_a_sentence() -> None:
    assert len(texts("La marque a changé de nom. eBay a suivi.")) == 2


@pytest.mark.parametrize("opening", ["¿Quién lo sabe?", "¡Nadie!"])
def test_inverted_marks_open_a_sentence(opening: str) -> None:
    assert texts(f"La puerta estaba abierta. {opening} Todos callaron.", "es") == [
        "La puerta estaba abierta.",
        opening,
        "Todos callaron.",
    ]


@pytest.mark.parametrize("opening", ["« ", "“", '"', "(", "[", "— ", "- ", "‘"])
def test_an_opening_mark_belongs_to_the_sentence_that_it_opens(opening: str) -> None:
    assert texts(f"La porte grince. {opening}Entrez donc") == ["La porte grince.", f"{opening}Entrez donc"]


def test_accented_capitals_begin_a_sentence_composed_or_decomposed() -> None:
    assert len(texts("Il part. Études et projets l'attendent.")) == 2
    assert len(texts("Il part. E\u0301tudes et projets l'attendent.")) == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "今天下雨。|他带伞了吗？|没有！"),
        ("zh", "他走了。|“我也走。”|门关上了。"),
        ("ja", "雨が降る。|傘がない！|どうする？"),
        ("ar", "هل وصل القطار؟|نعم وصل."),
        ("ur", "بارش ہوئی۔|سڑک بند ہے۔"),
        ("hi", "बारिश हुई।|सड़क बंद है।"),
    ],
)
def test_marks_of_scripts_without_spaces_end_a_sentence_with_or_without_a_space(language: str, text: str) -> None:
    assert texts(text.replace("|", ""), language) == text.split("|")
    assert texts(text.replace("|", " "), language) == text.split("|")


def test_a_japanese_quotation_stays_with_who_said_it() -> None:
    assert texts("「すぐ行く。」と兄は言った。雨がやんだ。", "ja") == ["「すぐ行く。」と兄は言った。", "雨がやんだ。"]


# What does not end a sentence


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le rapport que M. Dupont a remis est bref."),
        ("fr", "Le dossier de M. Le Goff est clos."),
        ("fr", "Hier Mme. Martin a vu MM. Petit et Grand."),
        ("fr", "Le Dr. Blanc consulte le matin."),
        ("fr", "Plus de 10.000 soldats, soit 3.5 ou 3,5 % du total."),
        ("fr", "Des agrumes, p. ex. Oranges et citrons, poussent ici."),
        ("fr", "Selon l'art. 4 et l'art. L121 du code, la vente est nulle."),
        ("fr", "Voir le chap. IV et la p. 12 du vol. 2 pour la suite."),
        ("fr", "Le texte de J.-P. Sartre est cité."),
        ("fr", "Elle cite É. Zola et E\u0301. Zola."),
        ("fr", "Des poires, des pommes, etc. ont gelé."),
        ("fr", "Il hésite... puis il signe… sans joie."),
        ("fr", "Quoi ? demanda le garde. "),
        ("fr", "Le site www.lemonde.fr est en panne, comme https://a.example/b?c=d.e et jean.petit@a.example aussi."),
        ("fr", "La version 2.0.1 remplace la 1.9."),
        ("fr", "Les États (U.S. Army comprise) ont signé."),
        ("fr", "Le train partira le 3. Oktober de Berlin."),
        ("en", "The U.S. Senate met Mr. Smith and Dr. Jones."),
        ("en", "She read J. K. Rowling on the way to St. Louis."),
        ("en", "See No. 5 and Fig. 3, i.e. Table two, at 5 p.m. Monday."),
        ("en", "Brown Inc. Chairman Ann Lee and Lee et al. Smith agree."),
        ("en", "Pears, plums, etc. were frozen."),
        ("en", "It moves on Jan. 5 with approx. five people."),
        ("es", "El Sr. García y la Sra. López viven en la Avda. Mayor con D. Juan."),
        ("es", "Véase el núm. 5 y la pág. 12 de EE. UU. Norte."),
        ("de", "Das Treffen findet am 3. Oktober 2024 statt."),
        ("de", "Er spielt in der 2. Bundesliga unter Wilhelm II. Meier."),
        ("de", "Obst, z. B. Birnen und Äpfel, d. h. Kernobst, bzw. Steinobst, ist teuer."),
        ("de", "Nach Art. 4 Abs. 2 gilt das, vgl. Nr. 7."),
        ("it", "Il Sig. Rossi cita il n. 5 della legge."),
        ("pt", "O Sr. Silva mora na pág. 3."),
        ("und", "Am 3. Oktober traf M. Dupont den Sr. García."),
    ],
)
def test_abbreviations_numbers_and_addresses_do_not_end_a_sentence(language: str, text: str) -> None:
    assert texts(text, language) == [text.strip()]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le colis vient de Lyon Inc.|Il est lourd."),
        ("fr", "Cela dura jusqu'en 50 av. J.-C.|Les Romains partirent."),
        ("fr", "Poires, pommes, etc.|Voici la liste."),
        ("fr", "Il prend la vitamine C.|L'effet est rapide."),
        ("fr", "Il prend la vitamine C.|L’effet est rapide."),
        ("en", "They moved to the U.S.|The house was small."),
        ("en", "It closes at 5 p.m.|He left."),
        ("en", "He said no.|I agree."),
        ("en", "The bank is on Wall St.|The park is not."),
        ("es", "Vive en EE. UU.|La casa es grande."),
        ("de", "Das war 44 v. Chr.|Die Stadt war klein."),
        ("de", "Er wurde 3.|Das freut ihn."),
    ],
)
def test_an_abbreviation_ends_a_sentence_before_a_word_that_begins_sentences(language: str, text: str) -> None:
    assert texts(text.replace("|", " "), language) == text.split("|")


def test_in_english_a_small_letter_begins_a_sentence_after_a_whole_word() -> None:
    assert texts("i went to the market. they had plums! we bought ten.", "en") == [
        "i went to the market.",
        "they had plums!",
        "we bought ten.",
    ]


def test_a_region_in_the_language_code_changes_nothing() -> None:
    for code in ("de-AT", "de_CH", "DE"):
        assert len(texts("Am 2. Spieltag regnete es.", code)) == 1


# Quotations and brackets


@pytest.mark.parametrize(
    "quote", ["« Oui. »", "«\u00a0Oui.\u00a0»", "« Oui ! »", "“Oui.”", '"Oui."', "„Oui.“", "»Oui.«"]
)
def test_a_quotation_stays_with_who_said_it(quote: str) -> None:
    assert texts(f"{quote} a-t-il dit.") == [f"{quote} a-t-il dit."]


@pytest.mark.parametrize(
    "quote", ["« Nous partons. »", "“Nous partons.”", '"Nous partons."', "„Nous partons.“", "»Nous partons.«", "‘Non.’"]
)
def test_a_closing_quote_belongs_to_the_sentence_before_it(quote: str) -> None:
    assert texts(f"{quote} Puis elle se tut.") == [quote, "Puis elle se tut."]


@pytest.mark.parametrize("opening", ["«", "“", "„", '"', "»"])
def test_a_quote_that_opens_belongs_to_the_sentence_after_it(opening: str) -> None:
    assert texts(f"Elle se lève. {opening}Nous partons", "de") == ["Elle se lève.", f"{opening}Nous partons"]


def test_a_quotation_of_several_sentences_is_cut_at_its_full_sentences() -> None:
    assert texts("« La route est longue. Nous partons demain. » Puis elle se tut.") == [
        "« La route est longue.",
        "Nous partons demain. »",
        "Puis elle se tut.",
    ]


def test_a_closing_bracket_belongs_to_the_sentence_before_it() -> None:
    assert texts("(Voir plus bas.) Le reste suit.") == ["(Voir plus bas.)", "Le reste suit."]


def test_an_elision_goes_with_the_sentence_after_it() -> None:
    assert texts("La route est longue. [...] Nous partons.") == ["La route est longue.", "[...] Nous partons."]


# Paragraphs, headings, items


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", "\r\n  \r\n", "\n\u00a0\n\n"])
def test_a_blank_line_parts_paragraphs(blank: str) -> None:
    sentences = split_sentences(f"La nuit tombe.{blank}Le jour se lève. Il fait froid.", "fr")
    assert [sentence.paragraph for sentence in sentences] == [0, 1, 1]


def test_a_wrapped_line_goes_on() -> None:
    assert texts("Le chat de M.\nDupont dort sur\r\nle toit. Il\nronfle.") == [
        "Le chat de M.\nDupont dort sur\r\nle toit.",
        "Il\nronfle.",
    ]


@pytest.mark.parametrize("level", range(1, 7))
def test_a_line_that_begins_with_up_to_six_hashes_is_a_heading(level: int) -> None:
    assert kinds(f"{'#' * level} Le port\nLe port est vide.") == [("heading", "Le port"), ("text", "Le port est vide.")]


@pytest.mark.parametrize("line", ["####### Le port est vide.", "#port est vide."])
def test_other_hashes_are_text(line: str) -> None:
    assert kinds(line) == [("text", line)]


def test_a_marked_heading_is_one_sentence_and_a_paragraph_of_its_own() -> None:
    sentences = split_sentences("Il part.\n## Que faire ? Rien.\nIl revient.", "fr")
    assert [(sentence.text, sentence.kind, sentence.paragraph) for sentence in sentences] == [
        ("Il part.", "text", 0),
        ("Que faire ? Rien.", "heading", 1),
        ("Il revient.", "text", 2),
    ]


def test_a_lone_short_line_without_final_punctuation_is_a_heading() -> None:
    text = 'Le port est vide.\n\nUn quai "sans bateaux" en cas d\'orage\n\nLes marins attendent.'
    assert kinds(text)[1] == ("heading", 'Un quai "sans bateaux" en cas d\'orage')


@pytest.mark.parametrize(
    "line",
    [
        "Le port est vide.",
        "Le port est-il vide ?",
        "« Le port est vide. »",
        "Voici la liste :",
        "Le port est vide,",
        "Le port " + "est vide et " * 12 + "froid",
        "Le port\nest vide",
    ],
)
def test_other_lone_lines_are_text(line: str) -> None:
    assert kinds(f"{line}\n\nLes marins attendent.")[0] == ("text", line)


def test_a_lone_line_with_nothing_after_it_heads_nothing() -> None:
    assert kinds("Les marins attendent") == [("text", "Les marins attendent")]
    assert kinds("Il pleut.\n\nLes marins attendent\n")[-1] == ("text", "Les marins attendent")


@pytest.mark.parametrize("marker", ["-", "*", "•", "1.", "1)", "12."])
def test_a_line_that_begins_with_a_marker_is_an_item(marker: str) -> None:
    assert kinds(f"{marker} Des pommes\n{marker} Des poires") == [("item", "Des pommes"), ("item", "Des poires")]


def test_an_item_gives_all_its_sentences_and_keeps_its_wrapped_lines() -> None:
    assert kinds("Il faut :\n- Des pommes. Mûres\n  si possible.\n- Des poires\n\nVoilà tout.") == [
        ("text", "Il faut :"),
        ("item", "Des pommes."),
        ("item", "Mûres\n  si possible."),
        ("item", "Des poires"),
        ("text", "Voilà tout."),
    ]


def test_items_belong_to_the_paragraph_of_the_line_before_them() -> None:
    sentences = split_sentences("Il faut :\n- Des pommes\n- Des poires\n\nVoilà.", "fr")
    assert [sentence.paragraph for sentence in sentences] == [0, 0, 0, 1]


def test_a_number_that_was_wrapped_to_a_new_line_is_no_item() -> None:
    for text in ("Das Fest beginnt am\n3. Oktober in Köln.", "Das Fest beginnt am\n1. Mai in Köln."):
        assert kinds(text, "de") == [("text", text)]


def test_a_date_at_the_beginning_of_a_paragraph_is_no_item() -> None:
    assert kinds("3. Oktober 2024: Das Fest beginnt.", "de") == [("text", "3. Oktober 2024: Das Fest beginnt.")]


# Long texts: had the time grown with the square of the length, these would run for hours


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 10**6, "mot " * 250_000, "." * 10**6, '"' * 10**6, "«" * 10**6, ". " * 500_000, ".\n" * 500_000),
        *("." + ' "' * 500_000, "a." * 500_000, "A b. " * 200_000, "." + " " * 10**6 + ".", "#" * 10**6),
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_megabyte_without_sentences_is_one_sentence(text: str) -> None:
    assert texts(text) == [text.strip()]


@pytest.mark.parametrize("text", ["\n" * 10**6, "\r\n" * 500_000, " " * 10**6])
def test_a_megabyte_of_white_space_has_no_sentences(text: str) -> None:
    assert texts(text) == []


def test_a_megabyte_of_prose_gives_its_sentences() -> None:
    assert len(texts("Le vent tourne au nord. Demain, il pleuvra. " * 22_000)) == 44_000


# Whole paragraphs, one for each language that is measured; `|` stands where a sentence ends


REGRESSION = {
    "fr": "Le 12 mars, Mme Roche (née en 1950) a reçu 1.200 lettres ; M. de Villiers, p. ex. Jean d'en face, aucune.|"
    "« Je n'y crois pas ! » a-t-elle lancé.|« C'est fini. »|Qui l'eût cru ?|Personne, à l'O.N.U. Genève comprise…|"
    "À 18 h 30, la salle du bd. Voltaire était vide.|30 agents sont restés.|L'art. 3 de l'av. J.-C. Petit est clair.",
    "en": "The U.S. economy grew 3.2% in Q2, said Dr. Ann B. Lee of Lee & Co.|“We were lucky,” she added.|"
    "\"Will it last?\" he asked.|Nobody knows, and I don't.|Paul won't.|On Sept. 5 the bank moved to St. Paul, Minn.|"
    "It hired 1,000 people.|(None stayed.)|See www.a.example for more.",
    "es": "El Sr. Ruiz llegó a las 5 p. m. del lunes con 3.000 euros.|¿Qué hizo la Dra. Sanz?|¡Nada!|"
    "Según el art. 14, pág. 3, la ley obliga a EE. UU. y a otros.|«No lo sé.»|Después, J. L. Ortega se fue…",
    "de": "Am 9. November 1989 fiel die Mauer, d. h. Berlin war offen.|„Wir gehen!“, rief Hr. Klein.|"
    "Rund 1,5 Mio. Menschen kamen, u. a. Familien.|Ludwig XIV. Straße Nr. 7 blieb leer.|Warum?|"
    "Das weiß z. Zt. niemand.",
}


@pytest.mark.parametrize("language", sorted(REGRESSION))
def test_a_paragraph_is_cut_where_a_reader_would_cut_it(language: str) -> None:
    expected = [sentence.strip() for sentence in REGRESSION[language].split("|")]
    assert texts(" ".join(expected), language) == expected


def test_all_of_unicode_can_be_split() -> None:
    check_offsets(". ".join(chr(code) for code in range(0, sys.maxunicode, 7)), "und")
