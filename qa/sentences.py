"""Text -> sentences with exact offsets.

Two steps. The lines of the text form blocks (headings, list items, paragraphs); a block is then cut after
final punctuation that ends a sentence. Whether it does is told from the word before and the word after, with
small tables of abbreviations and of words that begin sentences. Every character is looked at a bounded number
of times, so the time is linear in the length of the text, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from unicodedata import normalize

from qa.schema import Sentence, SentenceKind

# What a line begins with: `#` marks a heading; `-`, `*`, `•` and numbers mark an item.
_HEADING = re.compile(r"\s*#{1,6}(?=[ \t\u00a0])")
_BULLET = re.compile(r"\s*[-*•](?=[ \t\u00a0])")
_NUMBER = re.compile(r"\s*(\d{1,3})[.)](?=[ \t\u00a0])")

# Longest line without final punctuation that still reads as a heading; headlines of news seldom pass 100.
_HEADING_CHARS = 120

# Final punctuation. Scripts that put no space between sentences, or may leave it out, need none after theirs.
_SPACED = ".!?…‥։።"
_UNSPACED = "。！？｡؟۔।॥၊။។"
_MARK = re.compile(f"[{_SPACED}{_UNSPACED}]+")
# What closes behind it. German closes with “ and «, which open elsewhere: what follows tells.
_CLOSERS = re.compile(r"[\"'’”»›)\]}）】」』〉》]*(?:[“«‘‹]+(?=[\s,;:.!?…)\]]|\Z))?")
# The same for a closing quote set off by a space, as in French.
_SPACED_CLOSER = re.compile(r"\s++[\"”»›](?=[\s,;:.!?…)\]]|\Z)[\"'’”»›)\]]*")
# What continues a sentence when it stands after final punctuation and a space.
_NEVER_FIRST = frozenset(_SPACED + _UNSPACED + ",;:)]}")
# After a Japanese quotation, the particle that goes with who said it.
_QUOTATIVE = ("と", "って")
_SPACE = re.compile(r"\s*")
# An elision such as "(...)" or "[…]" goes with the sentence after it.
_WORDLESS = re.compile(r"\W{1,12}")

# How far to look for the words around a mark: longer ones are neither abbreviations nor in the tables.
_WORD_CHARS = 24
# The "C" of "20 °C." is a unit, not an initial.
_WORD_BEFORE = re.compile(r"(?<!°)[^\W_](?:[\w'’·]|[.,-](?=\w))*\Z")
_WORD_AFTER = re.compile(r"\W*(\w+['’]?)")
_ROMAN = re.compile(r"[IVXLC]+\b")
# A day before a German month neither ends a sentence nor numbers an item, whatever the article's language.
_MONTH = re.compile(
    r"\s*(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
)
# A small letter begins a sentence only after a word too long to be an abbreviation that the tables lack.
_ABBREVIATION_CHARS = 4


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words around a full stop say, for one language; all in lower case, without the final stop.

    Args:
        titles: Stand before a name, and never end a sentence: `M. Dupont`.
        numbered: Do not end a sentence where a number follows: `art. 4`.
        others: Abbreviations that end a sentence only where the next word is one that begins sentences.
        starters: Words that, with a capital letter, begin a sentence rather than being part of a name.
        ordinals: Whether a number with a full stop is an ordinal, as in German: `3. Oktober`.
        small_starts: Whether a small letter begins a sentence after `?`, `!` or a whole word's full stop, as in
            hasty prose; not where one writes `Quoi ? demanda-t-il` without quotes.
    """

    titles: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    ordinals: bool = False
    small_starts: bool = False


def _set(words: str) -> frozenset[str]:
    """Return the words of a line of a table."""
    return frozenset(words.split())


# Titles, Latin and firms, which articles of any language cite. Single letters need no entry: "p.m.", "z. B.", "J.-P."
_SHARED = _Words(
    titles=_set("dr prof mr mrs ms mme mlle mgr"),
    numbered=_set("art no nos n nr p pp vol fig cap"),
    others=_set("st al cf vs ca ie eg jr sr inc ltd co corp bros"),
)

_TABLES: dict[str, _Words] = {
    "fr": _Words(
        titles=_set("m mm mmes mlles me mes pr ste gén cdt lt sgt adj"),
        numbered=_set("chap paragr par réf tél tab éd"),
        others=_set("ex env av apr hab boul bd fbg dép lat litt sing plur janv févr avr juil sept oct nov déc ph"),
        starters=_set(
            "le la les l' un une des du de d' au aux à il elle ils elles on je j' nous vous tu ce cet cette ces c'"
            " cela ça ceci celui celle ceux son sa ses leur leurs mon ma mes notre nos votre vos en dans sur sous par"
            " pour avec sans chez entre vers depuis après avant pendant selon malgré dès lors et ou mais or donc car"
            " ni si s' quand lorsque lorsqu' comme puis puisque alors ainsi aussi enfin ensuite toujours cependant"
            " toutefois pourtant néanmoins qui que qu' quel quelle quels quelles quoi où comment pourquoi plus tout"
            " toute tous toutes certains certaines plusieurs chaque aucun aucune très y ne n' pas voici voilà bien"
            " aujourd'hui hier demain ici là deux trois quatre cinq"
        ),
    ),
    "en": _Words(
        titles=_set("gen sen rep gov col lt sgt capt cmdr adm maj rev hon pres supt messrs mt"),
        numbered=_set("sec ch para ed vols figs"),
        others=_set(
            "jan feb mar apr jun jul aug sept sep oct nov dec approx ft est ave blvd rd dept dist govt assn univ esq"
            " viz calif conn ariz fla minn tenn"
        ),
        starters=_set(
            "the a an he she it they we you i his her its their our your my this that these those there here in on"
            " at by for from with without to of as after before during since until under over between among about and"
            " but or nor so yet if when while where who what which why how because although though however"
            " nevertheless nonetheless moreover furthermore meanwhile therefore later then thus also now still once"
            " some any all many most much few several each every both no not one two three"
        ),
        small_starts=True,
    ),
    "es": _Words(
        titles=_set(
            "sr sra srta sres sras dra dres dª dña dn gral cnel lic ing arq mons fr sto sta pbro ud uds vd vds"
        ),
        numbered=_set("núm pág págs"),
        others=_set(
            "ej aprox av avda pza prov depto ee.uu ee uu ff.aa tel telef admón cía ene feb abr ago sept oct nov dic"
        ),
        starters=_set(
            "el la los las lo un una unos unas al del de él ella ellos ellas yo nosotros usted ustedes este esta"
            " estos estas esto ese esa esos esas eso aquel aquella su sus mi mis tu tus nuestro nuestra en con sin"
            " por para a ante bajo desde durante entre hacia hasta según sobre tras y e o u ni pero sino mas si"
            " cuando mientras como donde quien quienes que qué cómo cuál cuándo dónde porque aunque pues entonces así"
            " además también tampoco luego después posteriormente antes ahora hoy ayer aquí allí más muy no se me te"
            " le les nos todo toda todos todas cada algunos algunas muchos muchas varios varias otro otra otros otras"
            " hay es era fue son dos tres cuatro cinco"
        ),
    ),
    "de": _Words(
        titles=_set("hr fr frl dipl ing med phil jur hl"),
        numbered=_set("nr abs s bd kap ziff abb tab rn az hs"),
        others=_set(
            "bzw vgl evtl ggf inkl exkl zzgl bsp beisp sog v.chr n.chr chr str tel jh jhd feb mär apr jun jul aug"
            " sept okt nov dez geb gest gegr mio mrd std ev kath lat engl franz ital dt österr allg bes ehem eigtl"
            " entspr urspr wiss"
        ),
        starters=_set(
            "der die das den dem des ein eine einen einem einer eines er sie es wir ihr ich du man dies diese dieser"
            " dieses diesem diesen jene jener sein seine seinen seiner ihre ihren ihrer mein meine unser unsere in im"
            " an am auf aus bei beim mit nach von vom vor zu zum zur für durch gegen ohne um unter über zwischen"
            " während wegen trotz seit bis und oder aber denn doch sondern wenn als ob weil da dass obwohl damit"
            " nachdem bevor dann so also auch nun nur noch schon hier dort heute gestern morgen wer was wie wo warum"
            " wann welche welcher welches kein keine keiner alle alles viele einige manche mehr sehr nicht ist war"
            " hat zwei drei vier fünf daher dabei danach dazu darauf daraus davon jedoch außerdem zudem später"
            " derzeit"
        ),
        ordinals=True,
        small_starts=True,
    ),
    "it": _Words(
        titles=_set("sig sigg dott prof avv ing geom mons"),
        numbered=_set("pag pagg num nn artt cap"),
        others=_set("es tel"),
        starters=_set(
            "il lo la i gli le l' un uno una di da in con su per tra fra a e o ma se che chi come quando dove non si"
            " è questo questa quello quella nel nella al alla dal dalla sul sulla dopo prima anche ancora"
        ),
    ),
    "pt": _Words(
        titles=_set("sr sra srs dra profa eng exmo exma sto sta"),
        numbered=_set("núm pág págs"),
        others=_set("ex tel av aprox"),
        starters=_set(
            "o a os as um uma uns umas de do da em no na nos nas por para com sem e ou mas se que quem como quando"
            " onde não ele ela eles elas este esta esse essa isto isso seu sua ao à após antes também"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Block:
    """A heading, an item or the running text of a paragraph: `[start, end)` without its marker."""

    start: int
    end: int
    kind: SentenceKind
    paragraph: int


def split_sentences(text: str, language: str = "und") -> list[Sentence]:
    """Cut a text into sentences.

    Args:
        text: The text, in the form that `Article.text` has.
        language: ISO 639-1 code, which chooses the abbreviations; with any other value those of all languages count.

    Returns:
        The sentences in the order of the text, `text[s.start:s.end] == s.text`. Every character that is not white
        space is in exactly one of them, except the markers of headings and items, which are in none.
    """
    words = _words_of(language.split("-")[0].split("_")[0].lower())
    return [
        Sentence(start, end, text[start:end], block.kind, block.paragraph)
        for block in _blocks(text)
        for start, end in _spans(text, block, words)
    ]


@cache
def _words_of(language: str) -> _Words:
    """Return the tables of a language, with what all share; those of all languages together where it has none."""
    own = _TABLES.get(language, _Words())
    tables = [_SHARED, *([own] if language in _TABLES else _TABLES.values())]
    return replace(
        own,
        titles=frozenset().union(*(table.titles for table in tables)),
        numbered=frozenset().union(*(table.numbered for table in tables)),
        others=frozenset().union(*(table.others for table in tables)),
        starters=frozenset().union(*(table.starters for table in tables)),
    )


def _blocks(text: str) -> Iterator[_Block]:
    """Yield the headings, items and runs of text, in order; each paragraph and each heading has its own number."""
    paragraphs = list(_paragraphs(text))
    number = -1
    for position, lines in enumerate(paragraphs):
        begun = list(_begin_blocks(text, lines))
        ends = [line for line, _, _ in begun[1:]] + [lines[-1][1]]
        if len(lines) == 1 and position + 1 < len(paragraphs) and _reads_as_heading(text, *lines[0], begun[0][1]):
            begun = [(lines[0][0], "heading", lines[0][0])]
        before: SentenceKind = "heading"
        for (_, kind, content), end in zip(begun, ends, strict=True):
            number += "heading" in (before, kind)
            yield _Block(content, end, kind, number)
            before = kind


def _begin_blocks(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, SentenceKind, int]]:
    """Yield where the blocks of a paragraph begin: offset of the line, kind, offset of the content."""
    before: SentenceKind | None = None
    for start, end in lines:
        kind, content = _read_marker(text, start, end, before)
        if kind != "text" or before in (None, "heading"):
            yield start, kind, content
            before = kind


def _paragraphs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Yield the lines `[start, end)` of each paragraph: those between two blank lines."""
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if not line.isspace():
            lines.append((start, end))
        elif lines:
            yield lines
            lines = []
        start = end
    if lines:
        yield lines


def _read_marker(text: str, start: int, end: int, before: SentenceKind | None) -> tuple[SentenceKind, int]:
    """Return the kind that the marker of a line `[start, end)` gives it, and the offset after the marker.

    Within running text (`before`) only the number 1 marks an item: "7." may have been wrapped to a new line.
    """
    if marker := _HEADING.match(text, start, end):
        return "heading", marker.end()
    if marker := _BULLET.match(text, start, end):
        return "item", marker.end()
    marker = _NUMBER.match(text, start, end)
    if marker and (before != "text" or int(marker[1]) == 1) and not _MONTH.match(text, marker.end(), end):
        return "item", marker.end()
    return "text", start


def _reads_as_heading(text: str, start: int, end: int, kind: SentenceKind) -> bool:
    """Tell whether a lone line `[start, end)` without a marker is a heading: short, no punctuation at its end."""
    line = text[start:end].strip()
    if kind != "text" or len(line) > _HEADING_CHARS:
        return False
    return not line.rstrip("\"'’”»›“«)] \u00a0\u202f").endswith((*_SPACED, *_UNSPACED, ",", ";", ":"))


def _spans(text: str, block: _Block, words: _Words) -> Iterator[tuple[int, int]]:
    """Yield `[start, end)` of each sentence of a block; a heading is one sentence."""
    start = _skip_space(text, block.start, block.end)
    marks = () if block.kind == "heading" else _MARK.finditer(text, start, block.end)
    for mark in marks:
        end = _closed_end(text, mark.end(), block.end)
        if not _WORDLESS.fullmatch(text, start, end) and _ends_sentence(text, mark, end, block.end, words):
            yield start, end
            start = _skip_space(text, end, block.end)
    if start < block.end:
        yield start, start + len(text[start : block.end].rstrip())


def _skip_space(text: str, start: int, limit: int) -> int:
    """Return the offset of the first character from `start` on that is not white space, at most `limit`."""
    match = _SPACE.match(text, start, limit)
    return match.end() if match else start


def _closed_end(text: str, end: int, limit: int) -> int:
    """Return the offset after the quotes and brackets that close behind final punctuation."""
    closers = _CLOSERS.match(text, end, limit)
    while closers:
        end = closers.end()
        closers = _SPACED_CLOSER.match(text, end, limit)
    return end


def _ends_sentence(text: str, mark: re.Match[str], end: int, limit: int, words: _Words) -> bool:
    """Tell whether final punctuation ends a sentence within its block.

    Args:
        text: The whole text.
        mark: The punctuation.
        end: Offset after it and what closes behind it: where the sentence would end.
        limit: Offset after the block.
        words: Words of the language.
    """
    unspaced = mark[0][-1] in _UNSPACED
    following = _skip_space(text, end, limit)
    if following == limit:
        return True
    if following == end:
        # "3.5", "lemonde.fr" and "U.S." go on; so does what was said in Japanese.
        return unspaced and not text.startswith(_QUOTATIVE, end)
    if text[following] in _NEVER_FIRST:
        return False
    after = _word_after(text, following, limit)
    if unspaced or not after:
        return True
    # All of the word, for "iPhone" begins a sentence as it is. Behind a closing quote stands who said it.
    small = after[0].isalpha() and after.islower()
    if small and (end > mark.end() or not words.small_starts):
        return False
    if "?" in mark[0] or "!" in mark[0]:
        return True
    if mark[0] != "." or end > mark.end():
        return not small
    before = _word_before(text, mark.start())
    return _is_whole_word(before, words) if small else _may_part(before, after, words)


def _word_before(text: str, end: int) -> str:
    """Return the word that ends at an offset, with its inner stops (`U.S`); empty where there is none."""
    word = _WORD_BEFORE.search(normalize("NFC", text[max(0, end - _WORD_CHARS) : end]))
    return word[0] if word else ""


def _word_after(text: str, start: int, limit: int) -> str:
    """Return the first word from an offset on, behind opening marks, with its apostrophe; empty where there is none."""
    word = _WORD_AFTER.match(normalize("NFC", text[start : min(limit, start + _WORD_CHARS)]))
    return word[1] if word else ""


def _is_whole_word(word: str, words: _Words) -> bool:
    """Tell whether a word is not abbreviated, for certain."""
    word = word.casefold()
    return word in words.starters or (len(word) > _ABBREVIATION_CHARS and word not in words.others)


def _may_part(before: str, after: str, words: _Words) -> bool:
    """Tell whether a full stop between two words ends a sentence.

    Args:
        before: The word before it, with its inner stops: `U.S`.
        after: The word after it, which does not begin with a small letter.
        words: Words of the language.
    """
    word = before.casefold().replace("’", "'").rsplit("-", 1)[-1]
    elided = word.rpartition("'")[2]
    if len(elided) > 1 or before[-1:].isupper():  # "l'art.", "d'É."; not "don't."
        word = elided
    if word in words.titles:
        return False
    if word in words.numbered and any(letter.isdecimal() for letter in after):
        return False
    if after.casefold().replace("’", "'") in words.starters:
        return True
    if word in words.numbered and _ROMAN.match(after):
        return False
    initial = word.rsplit(".", 1)[-1]
    if word in words.others or (len(initial) == 1 and initial.isalpha()):
        return False
    if before.isdecimal() and len(before) <= 2:
        return not (words.ordinals or _MONTH.match(after))
    return not (words.ordinals and _ROMAN.fullmatch(before))
