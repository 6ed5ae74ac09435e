"""Question -> ranked passages and sentences."""

from qa.retrieval.found import Candidate, Context, ReadHit, Retrieval, SentenceHit
from qa.retrieval.retriever import HybridRetriever

__all__ = ["Candidate", "Context", "HybridRetriever", "ReadHit", "Retrieval", "SentenceHit"]
