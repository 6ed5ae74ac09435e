"""The retriever: dense and lexical scores, fused; also as a LlamaIndex retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from qa.duplicates import say_the_same, stands_alone
from qa.embedding import embed_query
from qa.errors import UnusableIndexError
from qa.language import detect_language
from qa.messages import MESSAGE_LANGUAGES
from qa.retrieval.dense import Cosines, PassageVectors, sample_passages
from qa.retrieval.found import Candidate, Context, Retrieval, SentenceHit
from qa.retrieval.lexical import Matches, weight_of_term
from qa.retrieval.nodes import as_node
from qa.schema import Passage, Sentence
from qa.store import IndexVersion, Rows, Selection, TextUnit, rebuild_command
from qa.terms import language_of_stop_words, query_words

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

# Weights in units of one standard deviation of the dense scores, chosen on PIAF (French), SQuAD 2 (English), XQuAD
# (Spanish, German over English, English over Spanish, German over both) and the seeds; results are flat around them.
_PASSAGE_LEXICAL = 7.0  # a full lexical match
# Words match only within a language, and vectors match better there: where an index has several, a sentence in the
# question's own language is near for that alone. Of German questions over English articles beside German ones, the
# right sentence was among three for .68 without this and for .82 with it; over the German ones for .94 both times.
_OWN_LANGUAGE = 5.0
_SENTENCE_PASSAGE = 0.4  # one unit of its passage's score
_SENTENCE_LEXICAL = 1.7
_BEFORE_LEXICAL = 0.5  # the same in the sentence before, which often names whom a sentence is about
_SENTENCE_LENGTH = 0.3  # a sentence e times as long: very short ones seldom answer

# For follow-ups, chosen on one half of the dialogues of the tests; results are flat around them. Nothing was gained by
# a preference for the whole article that was cited, nor by sentences that are like the one that was cited.
_OWN_WORDS = 0.5  # share of what fits the question's own words; the rest is what fits it with what it leaves out
_NEAR = 2.0  # a sentence beside the one that was cited first
_NEAR_DECAY = 0.6  # by sentence further, and by citation further down

_NEAREST = 200  # sentences that the vectors propose
_MATCHING = 100  # passages, and sentences, that the full text proposes

_SAME_COSINE = 0.93  # of two sentences that may say the same; small edits leave .95 and more
_REPEATS_MAX = 200  # sentences elsewhere that say the same as one

_LATIN_LAST = "\u024f"


class HybridRetriever(BaseRetriever):
    """Ranks the passages of one index version for a question.

    Dense and lexical scores are added: the cosines of a passage's best sentence and of its mean vector, in
    standard deviations over the passages of the index, and BM25 (Robertson and Zaragoza, 2009) as a share of
    the best match, or of half of a full match where the best is less, so that one common word is no evidence.

    Args:
        version: The open index version.
        embedding: The model that made its vectors.
        limit: Number of passages that `retrieve` gives.

    Raises:
        UnusableIndexError: The version was made by another embedding model.
    """

    def __init__(self, version: IndexVersion, embedding: BaseEmbedding, *, limit: int = 10) -> None:
        super().__init__()
        manifest = version.manifest
        if manifest.model != embedding.model_name:
            raise UnusableIndexError(
                f"the index {version.index} was built with the embedding model {manifest.model!r}, but "
                f"{embedding.model_name!r} is set. Set embedding_model to the index's, or rebuild it: "
                f"{rebuild_command(version.index, manifest.sources)}"
            )
        self._version = version
        self._embedding = embedding
        self._limit = limit
        self._background = sample_passages(version)

    def search(self, question: str, within: Selection | None = None, context: Context | None = None) -> Retrieval:
        """Find the passages and sentences that fit a question.

        It takes one embedding, and a second one where the question leaves something out: then what fits the whole
        and what fits its own words are added up.

        Args:
            question: The question, not empty.
            within: Look only into these articles.
            context: What the question leans on.

        Raises:
            EmbeddingError: The model cannot embed the question.
            UnusableIndexError: The index is damaged.
        """
        context = context or Context()
        language = context.language or self._language_of(question)
        own = query_words(question, language, self._version.manifest.languages)
        if context.about:
            about_words = query_words(context.about, self._language_of(context.about), self._version.manifest.languages)
            words = list(dict.fromkeys([*own, *about_words]))
            whole = self._look_up(f"{question} {context.about}", language, words, within)
            lookups = [(1 - _OWN_WORDS, whole), (_OWN_WORDS, self._look_up(question, language, own, within))]
        else:
            whole = self._look_up(question, language, own, within)
            lookups = [(1.0, whole)]

        near = self._version.passage_rows(np.array(context.near, dtype=np.int64))
        vectors = PassageVectors(
            self._version, np.unique(np.concatenate([near, *(found.holders for _, found in lookups)]))
        )
        passage_scores, sentence_scores = np.zeros(len(vectors.passages)), np.zeros(len(vectors.rows))
        cosines = [vectors.cosines(found.query) for _, found in lookups]
        for (weight, found), own_cosines in zip(lookups, cosines, strict=True):
            dense = own_cosines.standardised(self._background.cosines(found.query))
            passage_scores += weight * self._passage_scores(found, vectors, dense)
            sentence_scores += weight * self._sentence_scores(found, vectors, dense)
        sentence_scores += _SENTENCE_PASSAGE * np.repeat(passage_scores, vectors.sizes)
        sentence_scores += self._closeness(context, vectors.rows)
        hits = map(
            SentenceHit,
            vectors.rows.tolist(),
            np.repeat(vectors.passages, vectors.sizes).tolist(),
            self._lifts(whole.query, cosines[0].sentences).tolist(),
            np.repeat(whole.in_passages.coverages(vectors.passages), vectors.sizes).tolist(),
            sentence_scores.tolist(),
        )
        passages = zip(vectors.passages.tolist(), passage_scores.tolist(), strict=True)
        indexed = self._version.manifest.counts["sentences"]
        return Retrieval(
            question=whole.question,
            language=language,
            continued=context.answered,
            words=whole.words,
            indexed=indexed,
            searched=indexed if within is None else len(within.sentences),
            passages=tuple(sorted(passages, key=lambda passage: -passage[1])),
            sentences=tuple(sorted(hits, key=lambda hit: -hit.score)),
        )

    def passages(self, retrieval: Retrieval, limit: int) -> list[Passage]:
        """Read the best passages, each of their sentences with its score.

        Args:
            retrieval: What `search` found.
            limit: At most this many.

        Raises:
            UnusableIndexError: The index is damaged.
        """
        scores = {hit.row: hit.score for hit in retrieval.sentences}
        read = []
        for row, score in retrieval.passages[:limit]:
            passage = self._version.passage(row)
            rows = self._version.sentence_range(row)
            ranked = tuple(
                replace(sentence, score=scores[at]) for at, sentence in zip(rows, passage.sentences, strict=True)
            )
            read.append(replace(passage, score=score, sentences=ranked))
        return read

    def sentence_rows(self, passage: int) -> range:
        """Return the rows of the sentences of a passage, in the order of the text."""
        return self._version.sentence_range(passage)

    def candidates(self, retrieval: Retrieval, limit: int = 8, within: Selection | None = None) -> list[Candidate]:
        """Read the best sentences with their articles; of those that say the same, the best alone.

        Args:
            retrieval: What `search` found.
            limit: At most this many.
            within: Name repeats in these articles alone.

        Raises:
            UnusableIndexError: The index is damaged.
        """
        found: list[Candidate] = []
        repeated: set[int] = set()
        shares = {hit.row: hit.read.share for hit in retrieval.sentences if hit.read is not None}
        for hit in retrieval.sentences:
            if len(found) == limit:
                break
            if hit.row not in repeated:
                article, sentence = self._version.sentence(hit.row)
                repeats = self._repeats(hit.row, sentence)
                repeated.update(repeats)
                if hit.read is not None:  # they are as right as this one, and had their shares of it
                    share = sum(shares.get(row, 0.0) for row in (hit.row, *repeats))
                    hit = replace(hit, read=replace(hit.read, share=share))
                if within is not None:
                    repeats = np.intersect1d(repeats, within.sentences).tolist()
                found.append(Candidate(hit, article, sentence, tuple(repeats)))
        return found

    def _repeats(self, row: int, sentence: Sentence) -> list[int]:
        """Return the rows of the sentences of other articles that say the same as one, ascending."""
        repeats = self._version.identical_sentences(row, _REPEATS_MAX) if stands_alone(sentence.text) else []
        rows = np.array(self._version.sentences_of_near_duplicates(row), dtype=np.int64)
        if len(rows):
            cosines = self._version.sentence_vectors(rows) @ self._version.sentence_vectors(np.array([row]))[0]
            near = rows[cosines >= _SAME_COSINE][:_REPEATS_MAX].tolist()
            repeats += [other for other in near if say_the_same(sentence.text, self._version.sentence(other)[1].text)]
        return sorted(set(repeats))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self.passages(self.search(query_bundle.query_str), self._limit)
        return [NodeWithScore(node=as_node(passage), score=passage.score) for passage in found]

    def _lifts(self, query: Floats, cosines: Floats) -> Floats:
        anchors = self._version.manifest.anchors
        return (cosines - query @ np.array(anchors.mean, dtype=np.float32)) / anchors.spread

    def _look_up(
        self, question: str, language: str, words: Sequence[frozenset[str]], within: Selection | None
    ) -> _Lookup:
        """Look a question up by its vector and by its words."""
        query = embed_query(self._embedding, question)
        in_passages = self._match("passages", words, within)
        in_sentences = self._match("sentences", words, within)
        nearest = self._version.nearest_sentences(query, _NEAREST, within)
        holders = self._version.passage_rows(np.append(nearest, in_sentences.rows()))
        return _Lookup(
            question,
            language,
            tuple(words),
            query[0],
            in_passages,
            in_sentences,
            np.union1d(holders, in_passages.rows()),
        )

    def _passage_scores(self, found: _Lookup, vectors: PassageVectors, dense: Cosines) -> Floats:
        scores: Floats = dense.best + dense.mean + _PASSAGE_LEXICAL * found.in_passages.shares(vectors.passages)
        scores -= _OWN_LANGUAGE * self._version.passages_in(found.language, vectors.passages)
        return scores

    def _sentence_scores(self, found: _Lookup, vectors: PassageVectors, dense: Cosines) -> Floats:
        shares = found.in_sentences.shares(vectors.rows)
        scores: Floats = (
            dense.sentences
            + _SENTENCE_LEXICAL * shares
            + _BEFORE_LEXICAL * vectors.of_sentence_before(shares)
            + _SENTENCE_LENGTH * np.log(self._version.sentence_lengths(vectors.rows))
        )
        return scores

    def _closeness(self, context: Context, rows: Rows) -> Floats:
        """Return what it adds to the scores of some sentences to stand where the answer is not far."""
        closeness = np.zeros(len(rows))
        for rank, row in enumerate(context.near):
            distances = self._version.distances(row, rows)
            close = _NEAR * _NEAR_DECAY ** (rank + distances)
            # What answered before seldom answers another question best.
            closeness = np.maximum(closeness, close if context.detail else np.where(distances, close, 0.0))
        return closeness

    def _language_of(self, question: str) -> str:
        """Tell the language of a question: a short one is surer among the few that are likely."""
        if any(char.isalpha() and char > _LATIN_LAST for char in question):
            return detect_language(question)
        likely = (*self._version.manifest.languages, *MESSAGE_LANGUAGES)
        return language_of_stop_words(question, likely) or detect_language(question, among=likely)

    def _match(self, unit: TextUnit, words: Sequence[frozenset[str]], within: Selection | None) -> Matches:
        terms = sorted(set().union(*words))
        occurs = self._version.frequencies(unit, terms)
        total = self._version.manifest.counts[unit]
        # A word counts by its commonest form: a form that no language of the index has is not a rare word.
        full = sum(weight_of_term(max(occurs.get(term, 0) for term in word), total) for word in words)
        return Matches(self._version.match(unit, terms, _MATCHING, within), full)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What the index has for a question: by its vector, `(d,)`, and by its words; and the passages that hold it."""

    question: str
    language: str
    words: tuple[frozenset[str], ...]
    query: Floats
    in_passages: Matches
    in_sentences: Matches
    holders: Rows
