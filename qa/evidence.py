"""Question and candidates -> the sentences that answer it, with a confidence; or none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from qa.retrieval import Candidate, Retrieval
from qa.terms import index_terms

# How far a sentence's score may be behind the best: further where it holds a word of the question that the sentences
# cited before it lack. So on PIAF (French) an answer cites 2.7 sentences, the right one among them for .748 of the
# questions.
_BEHIND_MAX = 9.0
_BEHIND_MAX_NOTHING_NEW = 5.0
# The same where the scores are the reader's, in which e times as likely is one more: 1.9 sentences, the right one among
# them for .85 of the questions.
_BEHIND_MAX_READ = 5.0
_BEHIND_MAX_READ_NOTHING_NEW = 4.0
_LIFT_MIN = 0.5  # share of the best sentence's lift that another must have
_COVERED = 0.5  # share of the question's words up to which every sentence may add something
_HEADING_AHEAD = 4.0  # by how much a heading must lead the best sentence to be cited itself
# A follow-up of few words is about what the articles have just answered; chosen on one half of the tests' dialogues.
_CONTINUED = 2.0
_CONTINUED_READ = 1.0  # beside that, where it was read: the reader knows few such questions
# Whether what is cited answers: the probability that the articles speak of what is asked, by how it was found, times
# the probability that it says it, by what was read. So neither makes up for the other: nothing that the reader is sure
# does not answer becomes an answer by coming near, and nothing that is about something else by reading like one.
# Weights of what was found, of another language and a constant; weight of what was read, and a constant. Steeper than
# `training.calibrate` fits them on sets in which half of the questions are near misses: here nine in ten of the seeds'
# questions are answered, and the confidence is calibrated on those of PIAF. Of such weights, those under which most
# questions about other collections are refused.
FOUND = (0.6, 1.0, 1.0)
READ = (0.4, 2.1)
_SAME_WORDS = 0.8  # share of common words from which a sentence only repeats another


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences that were chosen for a question.

    Args:
        chosen: The sentences, best first, each with its support: the estimated probability that it answers.
        confidence: The estimated probability that one of them answers.
        answers: Whether that is enough for an answer; otherwise these are only the nearest sentences.
    """

    chosen: tuple[tuple[Candidate, float], ...]
    confidence: float
    answers: bool


def choose_evidence(retrieval: Retrieval, candidates: Sequence[Candidate], *, limit: int, threshold: float) -> Evidence:
    """Choose the few sentences that answer a question.

    Args:
        retrieval: What was found for the question.
        candidates: Sentences that may answer, best first.
        limit: Choose at most this many.
        threshold: Confidence from which a question counts as answered, 0 to 1.
    """
    statements = _statements(candidates)
    chosen: list[Candidate] = []
    for candidate in statements:
        if len(chosen) == limit:
            break
        if not chosen or _adds_something(candidate, chosen, retrieval):
            chosen.append(candidate)
    supports = [round(support, 3) for support in _supports(chosen, retrieval)]
    # What was read shares one probability out among its sentences; estimates from what was found are each their own.
    confidence = round(_answering(chosen[0], retrieval), 3) if _was_read(chosen) else max(supports[:1], default=0.0)
    return Evidence(tuple(zip(chosen, supports, strict=True)), confidence, confidence >= threshold)


def _statements(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out questions, and headings unless one fits far better than every sentence: they answer nothing."""
    texts = [candidate for candidate in candidates if not _asks(candidate)]
    best_text = max((c.hit.score for c in texts if c.sentence.kind != "heading"), default=-math.inf)
    return [c for c in texts if c.sentence.kind != "heading" or c.hit.score > best_text + _HEADING_AHEAD]


def _asks(candidate: Candidate) -> bool:
    return candidate.sentence.text.rstrip(" \u00a0\"'»”)").endswith(("?", "？", "؟"))


def _adds_something(candidate: Candidate, chosen: Sequence[Candidate], retrieval: Retrieval) -> bool:
    """Tell whether a sentence is near enough to the best to be cited too, and does not only repeat another."""
    best = chosen[0].hit
    terms = _terms_of(candidate)
    cited = [_terms_of(other) for other in chosen]
    if any(len(terms & other) >= _SAME_WORDS * len(terms | other) for other in cited):
        return False
    held = [word for word in retrieval.words if any(word & other for other in cited)]
    new = len(held) < _COVERED * len(retrieval.words) or any(
        word & terms for word in retrieval.words if word not in held
    )
    if best.read is not None:
        return best.score - candidate.hit.score <= (_BEHIND_MAX_READ if new else _BEHIND_MAX_READ_NOTHING_NEW)
    behind_max = _BEHIND_MAX if new else _BEHIND_MAX_NOTHING_NEW
    return best.score - candidate.hit.score <= behind_max and candidate.hit.lift >= _LIFT_MIN * best.lift


def _terms_of(candidate: Candidate) -> set[str]:
    return set(index_terms(candidate.sentence.text, candidate.article.language))


def _was_read(chosen: Sequence[Candidate]) -> bool:
    return bool(chosen) and chosen[0].hit.read is not None


def _supports(chosen: Sequence[Candidate], retrieval: Retrieval) -> list[float]:
    """Return for each sentence the probability that it answers the question."""
    if not _was_read(chosen):
        return [_sigmoid(_found_logit(candidate, retrieval)) for candidate in chosen]
    shares = [candidate.hit.read.share if candidate.hit.read else 0.0 for candidate in chosen]
    answering = _answering(chosen[0], retrieval)
    return [answering * share / sum(shares) for share in shares]


def _answering(best: Candidate, retrieval: Retrieval) -> float:
    """Return the probability that one of the sentences that are cited answers, where they were read."""
    found, other_language, read = describe_best(best, retrieval)
    continued = _CONTINUED_READ if retrieval.continued else 0.0
    return _sigmoid(sum(map(mul, FOUND, (found, other_language, 1.0)))) * _sigmoid(
        sum(map(mul, READ, (read, 1.0))) + continued
    )


def describe_best(best: Candidate, retrieval: Retrieval) -> tuple[float, float, float]:
    """Return what the probability that what is cited answers is estimated from.

    Args:
        best: The best sentence that was read.
        retrieval: What was found and read.

    Returns:
        The logit of its answering by how it was found, whether it is in another language than the question (1 or 0),
        and the logit of its passage's answering by what was read.
    """
    read = best.hit.read.answers if best.hit.read is not None else 0.0
    return _found_logit(best, retrieval), float(best.article.language != retrieval.language), read


def _found_logit(candidate: Candidate, retrieval: Retrieval) -> float:
    """Estimate how likely it is that a sentence answers, from how it was found.

    Logistic regression, fitted on 9,000 questions to 130 collections of 1 to 93 articles drawn from PIAF, XQuAD and
    SQuAD, of which four in ten were about those collections; the constant is moved to four in five.
    """
    other_language = candidate.article.language != retrieval.language
    # Where one article was named: of questions about it (PIAF) .94 are answered, as without naming it, and .10 of
    # those about another; with the sentences that were searched alone .98 and .39, with all of the index .92 and .03.
    among = (math.log(retrieval.searched), math.log(retrieval.indexed))
    return (
        -3.1
        + 2.07 * candidate.hit.lift
        + 7.66 * candidate.hit.coverage
        + ((1.62 * candidate.hit.lift - 1.35) if other_language else 0.0)  # languages share few words
        - 1.31 * sum(min(size, 5.0) for size in among) / 2  # among many sentences, one comes near by chance
        + (_CONTINUED if retrieval.continued else 0.0)
        + 1.21 * math.log1p(len(retrieval.question) / 6)  # a greeting comes near to anything
    )


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
