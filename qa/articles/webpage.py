"""A full web page -> the draft of its article, without navigation, adverts, banners and comments."""

from __future__ import annotations

import logging
import re
from typing import Any

from qa.articles.blocks import Block, join_blocks, read_elements
from qa.articles.draft import Draft
from qa.articles.xmlparts import refuse_much_markup
from qa.errors import ArticleError

_BOXES = ("aside", "div", "figure", "iframe", "ins", "li", "p", "section", "span")
_ADVERT = re.compile(r"(?:ads?|adverts?|advertisements?|advertising|publicit[eé]s?|adsbygoogle|sponsored)(?:[-_].*)?")
_ADVERT_SHARE_MAX = 0.2
_LAYOUT_PARAGRAPHS = 3
_silent = logging.NullHandler()


def read_webpage(text: str) -> Draft:
    """Return the draft of the article in a web page.

    Args:
        text: The page's HTML; a fragment will do.

    Raises:
        ArticleError: No article was found, or the page cannot be parsed.
    """
    refuse_much_markup(text, "the page")
    from lxml.etree import LxmlError
    from trafilatura import bare_extraction, load_html
    from trafilatura.settings import Document

    # What the library warns about is said in the reason; without a handler Python would print it to the terminal.
    for library in ("courlan", "htmldate", "trafilatura"):
        logging.getLogger(library).addHandler(_silent)
    if "html" not in text[:50].lower():  # where the library looks for a sign that this is a page at all
        text = f"<!DOCTYPE html>\n{text}"
    try:
        tree = load_html(text)
        if tree is not None:
            _drop_adverts(tree)
            _unlay_tables(tree)
        page = None if tree is None else bare_extraction(
            tree,
            include_comments=False,
            include_formatting=True,
            with_metadata=True,
            # The first publication, and only where the page states it: a guess from its text is worse than none.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )  # fmt: skip
        blocks = _read_blocks(page.body, tree) if isinstance(page, Document) else []
    # What the library is known to raise on broken pages: lxml's errors, and slips on what it did not expect.
    except (LxmlError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise ArticleError(
            f"is a web page that cannot be parsed ({type(error).__name__}: {error}); save its article as text"
        ) from error
    if not isinstance(page, Document) or not blocks:
        raise ArticleError("is a web page in which no article was found; save its article as text or Markdown")
    return Draft(
        text=join_blocks(blocks),
        title=page.title,
        language=_stated_language(tree),
        published=page.date,
        source=page.url,
        author=page.author,
    )


def _drop_adverts(tree: Any) -> None:
    """Take out what its class or id calls an advert, unless that is much of the page."""
    words_max = _ADVERT_SHARE_MAX * len("".join(tree.itertext()))
    for element in list(tree.iter(*_BOXES)):
        names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
        is_advert = any(map(_ADVERT.fullmatch, names)) and element.getparent() is not None
        if is_advert and len("".join(element.itertext())) <= words_max:
            element.drop_tree()


def _unlay_tables(tree: Any) -> None:
    """Make boxes of tables that lay out a page, so that what is beside the article can be told from it."""
    for table in tree.iter("table"):
        cells = [cell for row in table.iter("tr") for cell in row if cell.tag in ("td", "th")]
        if any(cell.find(".//h1") is not None or len(cell.findall(".//p")) >= _LAYOUT_PARAGRAPHS for cell in cells):
            for part in list(table.iter("table", "tbody", "thead", "tr", "td", "th")):
                part.tag = "div"


def _read_blocks(article: Any, tree: Any) -> list[Block]:
    blocks = list(read_elements(article))
    body = tree.find("body")
    whole_page = list(read_elements(tree if body is None else body))
    # The library flattens short pages into one paragraph; where it left nothing out, the page has the better form.
    return whole_page if _letters(whole_page) == _letters(blocks) else blocks


def _letters(blocks: list[Block]) -> str:
    return "".join(character for block in blocks for character in block.text if character.isalnum())


def _stated_language(tree: Any) -> str | None:
    stated = [tree.get("lang"), *tree.xpath("//html/@lang"), *tree.xpath("//meta[@property='og:locale']/@content")]
    return next((str(language) for language in stated if language), None)
