"""What a user would write with LlamaIndex alone: SentenceSplitter, VectorStoreIndex, the same embedding, FAISS."""

from __future__ import annotations

import json
import time
from pathlib import Path

from qa.embedding import load_embedding
from qa.evaluation import read_questions


def measure_llamaindex(folder: Path, chunk_size: int = 1024) -> dict[str, float]:
    """Index a question set with LlamaIndex and find the best passages for each question.

    Args:
        folder: Holds `corpus.jsonl` and `questions.jsonl`.
        chunk_size: Tokens of a chunk; 1,024 is LlamaIndex's default.

    Returns:
        `passage_1` and `passage_5` as in `benchmarks.quality`, `build_s` seconds to build,
        `query_ms` median milliseconds a question.
    """
    import faiss
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.faiss import FaissVectorStore

    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    texts = {article["id"]: article["text"] for article in articles}
    documents = [Document(id_=a["id"], text=a["text"], metadata={"title": a["title"]}) for a in articles]
    embedding = load_embedding("bundled")
    started = time.perf_counter()
    index = VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=FaissVectorStore(faiss.IndexFlatIP(384))),
        transformations=[SentenceSplitter(chunk_size=chunk_size, chunk_overlap=chunk_size // 5)],
        embed_model=embedding,
    )
    build_s = time.perf_counter() - started
    retriever = index.as_retriever(similarity_top_k=5)
    first = five = 0
    times = []
    questions = [question for question in read_questions(folder / "questions.jsonl", texts) if question.answerable]
    for question in questions:
        started = time.perf_counter()
        found = retriever.retrieve(question.text)
        times.append(time.perf_counter() - started)
        right = [
            question.answered_by(node.node.ref_doc_id, node.node.start_char_idx, node.node.end_char_idx)
            for node in found
        ]
        first += right[0]
        five += any(right)
    return {
        "passage_1": first / len(questions),
        "passage_5": five / len(questions),
        "build_s": build_s,
        "query_ms": 1000 * sorted(times)[len(times) // 2],
    }
