"""Article -> passages: runs of whole sentences, as a function and as a LlamaIndex node parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.node_parser.node_utils import build_nodes_from_splits
from llama_index.core.schema import BaseNode, Document, TextNode
from pydantic import Field

from qa.schema import Article, Passage, Sentence
from qa.sentences import split_sentences

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")

# What a bad passage costs, in the units of one passage more. Chosen on PIAF (French), where packing this way
# put the gold span into the first five passages for .922 of the questions, against .914 for filling greedily.
_CUT_IN_PARAGRAPH = 0.25
_TOO_SHORT = 1.0
_ONE_MORE = 0.3


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a subword model makes of a text, without the model.

    Measured against the bundled model on French, English, Spanish and German paragraphs: correlation .94 to
    .97, nine in ten between .87 and 1.17 of the true count.
    """
    return sum(_word_tokens(word) for word in _TOKEN.findall(text))


def _word_tokens(word: str) -> int:
    if not word.isalnum():
        return 1
    if word[0].isdigit() or word[0] >= "\u2e80":  # digits, and scripts written without spaces
        return (len(word) + 1) // 2
    return 1 + (len(word) - 1) // 6


def split_passages(article: Article, *, tokens_min: int = 120, tokens_max: int = 200) -> list[Passage]:
    """Cut an article into passages of whole sentences.

    Of all ways to cut it, the one that costs least: few passages, few cuts inside paragraphs, few short ones.

    Args:
        article: The article.
        tokens_min: A shorter passage costs, the more the shorter it is.
        tokens_max: No passage is longer, unless one sentence alone is.

    Returns:
        Passages in the order of the text; every sentence is in exactly one. Empty for a blank text.
    """
    sentences = split_sentences(article.text, article.language)
    return [
        Passage(
            article=article.id,
            title=article.title,
            start=sentences[first].start,
            end=sentences[last - 1].end,
            text=article.text[sentences[first].start : sentences[last - 1].end],
            sentences=tuple(sentences[first:last]),
        )
        for first, last in _pack(sentences, tokens_min, tokens_max)
    ]


def _pack(sentences: Sequence[Sentence], tokens_min: int, tokens_max: int) -> Iterator[tuple[int, int]]:
    """Yield `[first, last)` of each passage; shortest path over the cuts, as in Knuth and Plass (1981)."""
    # At least one each: without it, ten thousand lines of `___` would all fit, and be tried together.
    lengths = list(accumulate((max(1, estimate_tokens(sentence.text)) for sentence in sentences), initial=0))
    cost = [0.0]
    best_first = [0]
    for last in range(1, len(sentences) + 1):
        best = (float("inf"), last - 1)
        for first in range(last - 1, -1, -1):
            tokens = lengths[last] - lengths[first]
            if tokens > tokens_max and last - first > 1:
                break
            missing = max(0, tokens_min - tokens) / tokens_min
            best = min(best, (cost[first] + _ONE_MORE + _TOO_SHORT * missing**2, first))
        cost.append(best[0] + _cut_cost(sentences, last))
        best_first.append(best[1])
    cuts = [len(sentences)]
    while cuts[-1] > 0:
        cuts.append(best_first[cuts[-1]])
    cuts.reverse()
    yield from pairwise(cuts)


def _cut_cost(sentences: Sequence[Sentence], last: int) -> float:
    """Return what a cut before sentence `last` costs: most inside a paragraph, or between a heading and its text."""
    if last == len(sentences):
        return 0.0
    if sentences[last - 1].kind == "heading" or sentences[last - 1].paragraph == sentences[last].paragraph:
        return _CUT_IN_PARAGRAPH
    return 0.0


class PassageParser(NodeParser):
    """The passages as LlamaIndex nodes, for use in any of its pipelines.

    A document's metadata may hold `title` and `language`. Each node carries its exact `start_char_idx` and
    `end_char_idx` in the document's text, and in its metadata `sentences`: `[start, end]` of each of its
    sentences.

    Args:
        tokens_min: See `split_passages`.
        tokens_max: See `split_passages`.
    """

    tokens_min: int = Field(default=120, ge=1)
    tokens_max: int = Field(default=200, ge=8)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex serialises it."""
        return "PassageParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:  # noqa: ARG002
        return [node for document in nodes for node in self._document_nodes(document)]

    def _document_nodes(self, document: BaseNode) -> list[TextNode]:
        metadata = document.metadata
        article = Article(
            id=document.node_id,
            title=str(metadata.get("title", "")),
            language=str(metadata.get("language", "und")),
            published=None,
            source="",
            text=document.text if isinstance(document, Document | TextNode) else document.get_content(),
        )
        passages = split_passages(article, tokens_min=self.tokens_min, tokens_max=self.tokens_max)
        nodes = build_nodes_from_splits([passage.text for passage in passages], document, id_func=self.id_func)
        for node, passage in zip(nodes, passages, strict=True):
            node.start_char_idx, node.end_char_idx = passage.start, passage.end
            node.metadata["sentences"] = [[sentence.start, sentence.end] for sentence in passage.sentences]
            for excluded in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
                excluded.append("sentences")
        return nodes

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        # LlamaIndex looks each node's text up again and takes the first place it finds: wrong where a text
        # says the same thing twice.
        offsets = [(node.start_char_idx, node.end_char_idx) for node in nodes if isinstance(node, TextNode)]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, (start, end) in zip(done, offsets, strict=True):
            if isinstance(node, TextNode):
                node.start_char_idx, node.end_char_idx = start, end
        return done
