"""Which language a text is in: what its source states, put into ISO 639-1, or else what its letters tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache

# Fewer letters than this tell no language; "Wer?" and "Qui ?" have three.
_MIN_LETTERS = 3
_MIN_LETTERS_CJK = 2
# The model settles long before this; a whole book would only cost time.
_SAMPLE_CHARACTERS = 20_000

_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_ISO_639_1 = frozenset(_CODES.split())

# ISO 639-2 codes and names, English and own, of the languages that news is most often written in.
_NAMES = {
    "ar": "ara arabic العربية",
    "bg": "bul bulgarian български",
    "ca": "cat catalan català",
    "cs": "ces cze czech čeština česky",
    "da": "dan danish dansk",
    "de": "deu ger german deutsch allemand",
    "el": "ell gre greek ελληνικά",
    "en": "eng english anglais",
    "es": "spa spanish español castellano castilian espagnol",
    "et": "est estonian eesti",
    "eu": "eus baq basque euskara",
    "fa": "fas per persian farsi فارسی",
    "fi": "fin finnish suomi",
    "fr": "fra fre french français francais",
    "gl": "glg galician galego",
    "he": "heb iw hebrew עברית",
    "hi": "hin hindi हिन्दी",
    "hr": "hrv croatian hrvatski",
    "hu": "hun hungarian magyar",
    "id": "ind in indonesian",
    "it": "ita italian italiano italien",
    "ja": "jpn japanese 日本語",
    "ko": "kor korean 한국어",
    "lt": "lit lithuanian lietuvių",
    "lv": "lav latvian latviešu",
    "nl": "nld dut dutch nederlands",
    "no": "nor norwegian norsk",
    "pl": "pol polish polski",
    "pt": "por portuguese português portugues portugais",
    "ro": "ron rum romanian română",
    "ru": "rus russian русский russe",
    "sk": "slk slo slovak slovenčina",
    "sl": "slv slovenian slovenščina",
    "sr": "srp serbian српски srpski",
    "sv": "swe swedish svenska",
    "tr": "tur turkish türkçe",
    "uk": "ukr ukrainian українська",
    "vi": "vie vietnamese",
    "zh": "zho chi cmn chinese mandarin 中文 汉语 漢語",
}

_loading = threading.Lock()


def normalize_language(stated: str) -> str | None:
    """Return the ISO 639-1 code for a stated language, or None where the statement names no known one.

    Args:
        stated: A tag, code or name: `"fr-FR"`, `"fr_FR.UTF-8"`, `"FR"`, `"fra"`, `"French"`, `"français"`.
    """
    for mark in "-_.,;(/":
        stated = stated.partition(mark)[0]
    name = stated.strip().casefold()
    return _codes_by_name().get(name) or (name if name in _ISO_639_1 else None)


def detect_language(text: str, among: Sequence[str] | None = None) -> str:
    """Return the ISO 639-1 code of the language that a text is most likely in.

    Args:
        text: A text of any length, be it a short question.
        among: The only languages to choose from, such as those of an index; this makes short texts much surer.

    Returns:
        The code, or `"und"` where the text has too few letters to tell or no language of `among` is known.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    letters = [character for character in sample if character.isalpha()]
    enough = _MIN_LETTERS_CJK if letters and min(letters) >= "\u2e80" else _MIN_LETTERS
    if len(letters) < enough:
        return "und"
    with _loading:
        rank = _load_ranker()
    for code, _ in rank(sample):
        # The model also knows languages that have no two-letter code, and "zxx", which is no language.
        if code in _ISO_639_1 and (among is None or code in among):
            return code
    return "und"


@cache
def _codes_by_name() -> dict[str, str]:
    return {name: code for code, names in _NAMES.items() for name in names.casefold().split()}


@cache
def _load_ranker() -> Callable[[str], list[tuple[str, float]]]:
    from py3langid import rank

    rank("")  # the library reads its model on the first call, which must not happen in two threads at once
    ranked: Callable[[str], list[tuple[str, float]]] = rank
    return ranked
