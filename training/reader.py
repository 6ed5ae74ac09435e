"""Train the reader: `python -m training.reader --data paragraphs.jsonl.gz --out FOLDER`."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from qa.bundled import Floats, WordEmbeddings, open_bundled_model
from qa.pieces import END, START, Pieces
from qa.reader import cut_passage, cut_question
from training.changed import add_changed
from training.data import Data, Example, add_negatives, draw_epoch, read_data
from training.export import restore
from training.model import Batch, Reader
from training.typed import add_typed
from training.windows import keep_around
from training.written import WRITTEN, add_affairs, add_near_misses, add_passages


class Tokens:
    """All questions and passages after the lower layers, which are not trained and read the two apart.

    Args:
        reader: The reader, before training.
        data: The questions and passages.
    """

    def __init__(self, reader: Reader, data: Data) -> None:
        model = open_bundled_model()
        pieces = Pieces(model)
        cut = [cut_passage(pieces, passage) for passage in data.passages]
        self.offsets = [[(piece.start, piece.end) for piece in passage] for passage, _ in cut]
        self.sentence_of = [[-1, *sentence_of, -1] for _, sentence_of in cut]
        words = model.word_embeddings()
        asked = [[START, *cut_question(pieces, question.text), END] for question in data.questions]
        read = [[START, *(piece.number for piece in passage), END] for passage, _ in cut]
        self.questions, self.question_vectors = _lower(reader, words, asked)
        self.passages, self.passage_vectors = _lower(reader, words, read)


@torch.no_grad()
def _lower(reader: Reader, words: WordEmbeddings, ids: list[list[int]]) -> tuple[list[Tensor], Floats]:
    """Return the states of each text after the lower layers, and its vector after all: `(texts, width)`."""
    states: list[Tensor] = [torch.empty(0)] * len(ids)
    vectors = np.zeros((len(ids), reader.kinds.shape[1]), dtype=np.float32)
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    reader.eval()
    for first in range(0, len(order), 64):
        some = order[first : first + 64]
        longest = max(len(ids[at]) for at in some)
        padded = np.array([ids[at] + [1] * (longest - len(ids[at])) for at in some])
        mask = torch.from_numpy(padded != 1)
        with mixed_precision():
            hidden = reader.encoder.embed(torch.from_numpy(words.rows(padded)))
            hidden = reader.encoder(hidden, mask[:, None, None, :], last=reader.apart)
            full = reader.encoder(hidden, mask[:, None, None, :], first=reader.apart)
        for row, at in enumerate(some):
            states[at] = hidden[row, : len(ids[at])].bfloat16().clone()
            mean = full[row, : len(ids[at])].float().mean(0)
            vectors[at] = (mean / mean.norm()).numpy()
    reader.train()
    return states, vectors


def mixed_precision() -> torch.autocast:
    """Return what computes in bfloat16, where the processor multiplies that; others take a hundred times as long."""
    supported = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=supported)


def choose_pieces(example: Example, tokens: Tokens, data: Data, chance: random.Random | None = None) -> list[int]:
    """Return which pieces of its passage an example keeps: all, or with `chance` those of a few sentences."""
    q, p, answer = example
    sentence_of = tokens.sentence_of[p]
    if chance is None:
        return list(range(len(sentence_of)))
    held = {sentence_of[at] for at in _inside(tokens.offsets[p], answer)} - {-1} if answer else set()
    return keep_around(data.questions[q].text, data.passages[p], sentence_of, held, chance)


def _inside(offsets: Sequence[tuple[int, int]], answer: tuple[int, int]) -> list[int]:
    """Return the places of the pieces that answer; the first of a passage's own is at 1."""
    return [at for at, (start, end) in enumerate(offsets, 1) if start < answer[1] and end > answer[0]]


def make_batch(examples: Sequence[Example], kept: Sequence[Sequence[int]], tokens: Tokens, data: Data) -> Batch:
    """Put examples together, padded to the longest.

    Args:
        examples: The examples.
        kept: For each, which pieces of its passage.
        tokens: Their states.
        data: The questions and passages.
    """
    lengths = [len(tokens.questions[q]) + len(pieces) for (q, _, _), pieces in zip(examples, kept, strict=True)]
    longest = max(lengths)
    width = tokens.questions[0].shape[1]
    size = max(len(data.passages[p].sentences) for _, p, _ in examples)
    n = len(examples)
    states = torch.zeros(n, longest, width, dtype=torch.bfloat16)
    mask = torch.zeros(n, longest, dtype=torch.bool)
    kinds = torch.zeros(n, longest, dtype=torch.long)
    sentences = torch.full((n, longest), -1, dtype=torch.long)
    evidence = torch.zeros(n, size)
    count = torch.zeros(n, size, dtype=torch.bool)
    span = torch.full((n, 2), -1, dtype=torch.long)
    for row, ((q, p, answer), pieces) in enumerate(zip(examples, kept, strict=True)):
        ahead, length = len(tokens.questions[q]), lengths[row]
        states[row, :ahead] = tokens.questions[q]
        states[row, ahead:length] = tokens.passages[p][pieces]
        mask[row, :length] = True
        kinds[row, ahead:length] = 1
        sentence_of = [tokens.sentence_of[p][at] for at in pieces]
        sentences[row, ahead:length] = torch.tensor(sentence_of)
        count[row, sorted({s for s in sentence_of if s >= 0})] = True
        if answer is not None:
            answering = set(_inside(tokens.offsets[p], answer))
            inside = [place for place, at in enumerate(pieces) if at in answering]
            if inside:
                span[row] = torch.tensor([ahead + inside[0], ahead + inside[-1]])
                held = {sentence_of[place] for place in inside} - {-1}
                evidence[row, sorted(held)] = 1.0
    return Batch(states, mask, kinds, sentences, count, evidence, span)


def loss_of(reader: Reader, batch: Batch) -> Tensor:
    """Return the loss: evidence by sentence (binary, and against the other sentences), span, and answering."""
    with mixed_precision():
        evidence, span, answerable = reader(
            batch.states, batch.mask, batch.kinds, batch.sentences, batch.evidence.shape[1]
        )
    evidence, span, answerable = evidence.float(), span.float(), answerable.float()
    binary = functional.binary_cross_entropy_with_logits(evidence, batch.evidence, reduction="none")
    loss = 2 * (binary * batch.count).sum() / len(evidence) / 2
    answers = batch.evidence.amax(1)
    loss = loss + functional.binary_cross_entropy_with_logits(answerable, answers)
    rows = answers > 0
    if rows.any():
        among = evidence[rows].masked_fill(~batch.count[rows], -1e4).log_softmax(1)
        loss = loss - 0.5 * (among * batch.evidence[rows]).sum(1).mean()
        spans = span[rows].masked_fill((~batch.mask[rows] | (batch.kinds[rows] == 0))[:, :, None], -1e4)
        loss = loss + 0.5 * functional.cross_entropy(spans[:, :, 0], batch.span[rows, 0])
        loss = loss + 0.5 * functional.cross_entropy(spans[:, :, 1], batch.span[rows, 1])
    return loss


@torch.no_grad()
def validate(reader: Reader, tokens: Tokens, data: Data, questions: list[int]) -> dict[str, Any]:
    """Measure on held-out questions, by set and language: sentence in the gold passage, near passages, span."""
    reader.eval()
    rows: dict[str, list[tuple[bool, bool]]] = {}
    scores: dict[str, tuple[list[float], list[float]]] = {}
    for at in questions:
        question = data.questions[at]
        own = [r for r in question.right if data.languages[r[0]] == question.language][:1]
        examples: list[Example] = [(at, n, (start, end)) for n, start, end in own]
        examples += [(at, n, None) for n in question.near[: 4 if own else 9]]
        if not examples:
            continue
        batch = make_batch(examples, [choose_pieces(e, tokens, data) for e in examples], tokens, data)
        with mixed_precision():
            evidence, _, _ = reader(batch.states, batch.mask, batch.kinds, batch.sentences, batch.evidence.shape[1])
        evidence = evidence.float().masked_fill(~batch.count, -1e4)
        name = f"{question.source} {question.language}"
        best = evidence.amax(1).tolist()
        if own:
            right_sentence = bool(batch.evidence[0, int(evidence[0].argmax())] > 0)
            first = best[0] >= max(best)
            rows.setdefault(name, []).append((right_sentence, right_sentence and first))
            scores.setdefault(name, ([], []))[0].append(best[0])
            scores[name][1].extend(best[1:])
        else:
            scores.setdefault(f"{name} unanswerable", ([], []))[1].append(max(best))
    for name in [name for name in scores if name.endswith(" unanswerable")]:
        scores[name][0].extend(scores.get(name.removesuffix(" unanswerable"), ([], []))[0])
    reader.train()
    report = {name: [round(float(x), 3) for x in np.mean(pairs, axis=0)] + [len(pairs)] for name, pairs in rows.items()}
    for name, (yes, no) in scores.items():
        if yes and no:
            ranks = np.argsort(np.argsort(np.array(yes + no)))
            auroc = (ranks[: len(yes)].sum() - len(yes) * (len(yes) - 1) / 2) / (len(yes) * len(no))
            report[f"{name} AUROC"] = [round(float(auroc), 3), len(yes), len(no)]
    return report


def main() -> None:
    """Train, and save the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", type=int, default=0, help="fold that is not trained on")
    parser.add_argument("--without", nargs="*", default=[], metavar="LANGUAGE", help="languages not trained on")
    parser.add_argument("--apart", type=int, default=4)
    parser.add_argument("--examples", type=int, default=60_000)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--every", type=float, default=10.0, help="minutes between validations")
    parser.add_argument("--changed", type=float, default=0.5, help="share of questions to make near misses from")
    parser.add_argument("--typed", type=float, default=0.2, help="share of questions that come as typed in haste, too")
    parser.add_argument("--short", type=float, default=0.85, help="share of examples with a part of their passage")
    parser.add_argument("--resume", type=Path, help="weights to begin with: of a run before, or a file exported")
    parser.add_argument("--seed", type=int, default=0, help="for the choice and order of the examples")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    chance = random.Random(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    data = read_data(args.data)
    add_changed(data, args.changed)
    for name in ("near-misses.jsonl", "contrasts.jsonl", "questions.jsonl", "paragraphs.jsonl"):
        add_near_misses(data, WRITTEN / name)
    add_passages(data)
    add_affairs(data)
    add_typed(data, args.typed)
    reader = Reader(open_bundled_model(), args.apart)
    begun = time.time()
    cache = args.out / f"tokens-{args.apart}.pt"
    if cache.exists():
        tokens = torch.load(cache, weights_only=False)
    else:
        tokens = Tokens(reader, data)
        torch.save(tokens, cache)
    add_negatives(data, tokens.question_vectors, tokens.passage_vectors)
    print("prepared", len(data.questions), len(data.passages), round(time.time() - begun), flush=True)
    if args.resume:
        exported = args.resume.suffix == ".onnx"
        reader.load_state_dict(restore(args.resume) if exported else torch.load(args.resume))
    for layer in reader.encoder.layers[: args.apart]:
        layer.requires_grad_(False)
    reader.encoder.positions.requires_grad_(False)
    reader.encoder.norm.requires_grad_(False)
    train = [
        at
        for at, question in enumerate(data.questions)
        if question.fold != args.held_out and question.language not in args.without
    ]
    held = [at for at, question in enumerate(data.questions) if question.fold == args.held_out]
    chance.shuffle(held)
    for at in train:  # a passage of the fold that is held out is not seen, not even as one that does not answer
        question = data.questions[at]
        question.near = [
            n for n in question.near if data.folds[n] != args.held_out and data.languages[n] not in args.without
        ]
        question.right = [right for right in question.right if data.languages[right[0]] not in args.without]
    upper = [p for p in reader.encoder.parameters() if p.requires_grad]
    heads = [p for n, p in reader.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": upper, "lr": args.rate, "peak": args.rate}, {"params": heads, "lr": 5e-4, "peak": 5e-4}],
        weight_decay=0.01,
    )
    steps = args.examples // args.batch
    training_questions = [data.questions[at] for at in train]
    pending: list[list[tuple[Example, list[int]]]] = []
    losses: list[float] = []
    begun = said = time.time()
    for step in range(steps):
        if not pending:
            epoch = []
            for q, p, answer in draw_epoch(training_questions, data, chance):
                example = (train[q], p, answer)
                shorten = chance if chance.random() < args.short else None
                epoch.append((example, choose_pieces(example, tokens, data, shorten)))
            for first in range(0, len(epoch), 50 * args.batch):  # nearly the same lengths in one batch
                some = sorted(
                    epoch[first : first + 50 * args.batch],
                    key=lambda e: len(tokens.questions[e[0][0]]) + len(e[1]),
                )
                batches = [some[at : at + args.batch] for at in range(0, len(some), args.batch)]
                pending += batches
            chance.shuffle(pending)
            print("epoch", len(epoch), flush=True)
        elapsed = max(step / steps, (time.time() - begun) / 60 / args.minutes)
        if elapsed >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(step / 100, 1.0) * (1 - elapsed)
        examples, kept = zip(*pending.pop(), strict=True)
        loss = loss_of(reader, make_batch(examples, kept, tokens, data))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 49:
            rate = (step + 1) * args.batch / (time.time() - begun)
            print(f"step {step + 1} of {steps} loss {np.mean(losses[-50:]):.3f} {rate:.1f} examples/s", flush=True)
        if step % 200 == 199:
            torch.save(reader.state_dict(), args.out / "reader.pt")
        if time.time() - said > args.every * 60:
            said = time.time()
            print(json.dumps(validate(reader, tokens, data, held[:300])), flush=True)
    torch.save(reader.state_dict(), args.out / "reader.pt")
    print(json.dumps(validate(reader, tokens, data, held[:800])), flush=True)


if __name__ == "__main__":
    main()
