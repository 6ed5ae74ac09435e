"""Passages as LlamaIndex nodes."""

from __future__ import annotations

from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

from qa.schema import Passage


def as_node(passage: Passage) -> TextNode:
    """Make the LlamaIndex node of a passage, with its exact offsets."""
    return TextNode(
        id_=f"{passage.article}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={
            "article": passage.article,
            "title": passage.title,
            "sentences": [[sentence.start, sentence.end] for sentence in passage.sentences],
        },
        excluded_embed_metadata_keys=["article", "sentences"],
        excluded_llm_metadata_keys=["article", "sentences"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article)},
    )
