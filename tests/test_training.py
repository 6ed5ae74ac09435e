"""What the reader is trained with: the bundled model in PyTorch, the examples, and what is held out."""

from __future__ import annotations

import gzip
import json
import random

import numpy as np
import pytest
import torch

from qa.bundled import open_bundled_model
from qa.embedding import load_embedding
from qa.pieces import END, START, Pieces
from training.data import add_negatives, draw_epoch, read_data
from training.held_out import keep_held_out
from training.net import Encoder

BRIDGE = "Le pont de Lisle a coûté 4,2 millions d'euros. Les travaux ont duré trois ans."
FERRY = "Le bac d'Ellis est tombé en panne vendredi. Un remorqueur l'a ramené au port."
ROWS = [
    {"title": "Pont", "fold": 0, "context": BRIDGE, "question": "Combien a coûté le pont ?", "answer": "4,2 millions"},
    {"title": "Pont", "fold": 0, "context": BRIDGE, "question": "Qui a dessiné le pont ?", "answer": None},
    {"title": "Bac_d'Ellis", "fold": 1, "context": FERRY, "question": "Quand est-ce arrivé ?", "answer": "vendredi"},
]  # fmt: skip


@pytest.fixture
def paragraphs(tmp_path):
    path = tmp_path / "paragraphs.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for row in ROWS:
            answer = row["answer"]
            whole = {
                **row,
                "set": "own",
                "lang": "fr",
                "answers": [answer] if answer else [],
                "answer_starts": [row["context"].index(answer)] if answer else [],
                "unanswerable": answer is None,
            }
            file.write(json.dumps(whole, ensure_ascii=False) + "\n")
    return path


def test_the_encoder_gives_the_vectors_of_the_bundled_model():
    model = open_bundled_model()
    encoder = Encoder(model)
    text = "Œuvre n° 3 : le pont de Lisle a coûté 4,2 millions d’euros."
    numbers = np.array([[START, *(piece.number for piece in Pieces(model).cut(f"query: {text}")), END]])
    with torch.no_grad():
        states = encoder(encoder.embed(torch.from_numpy(model.word_embeddings().rows(numbers))), None)
    vector = torch.nn.functional.normalize(states[0].mean(0), dim=0).numpy()
    assert vector @ np.array(load_embedding("bundled").get_query_embedding(text)) > 0.999


def test_each_question_comes_with_a_passage_that_answers_and_one_that_does_not(paragraphs):
    data = read_data(paragraphs)
    assert len(data.passages) == 2
    vectors = np.eye(4, dtype=np.float32)
    add_negatives(data, vectors[:3], vectors[:2])
    examples = draw_epoch(data.questions, data, random.Random(0))
    for at, number, answer in examples:
        passage, row = data.passages[number], ROWS[at]
        if answer is None:
            assert row["answer"] is None or row["answer"] not in passage.text
        else:
            assert passage.text[answer[0] : answer[1]] == row["answer"]
    assert sum(answer is None for *_, answer in examples) == 3


def test_only_questions_of_the_fold_are_held_out_and_all_articles_stay(paragraphs, tmp_path):
    sets = tmp_path / "sets" / "own"
    sets.mkdir(parents=True)
    corpus = '{"id": "a", "title": "Pont"}\n{"id": "b", "title": "Bac d\'Ellis"}\n'
    (sets / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    asked = [
        {"article": "a", "lang": "fr", "question": "Combien a coûté le pont ?"},
        {"article": "b", "lang": "fr", "question": "Quand est-ce arrivé ?"},
        {"article": None, "lang": "fr", "question": "Qui a dessiné le pont ?"},
    ]
    (sets / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    keep_held_out(paragraphs, tmp_path / "sets", tmp_path / "held", fold=0)
    kept = (tmp_path / "held" / "own" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in kept] == [asked[0], asked[2]]
    assert (tmp_path / "held" / "own" / "corpus.jsonl").read_text(encoding="utf-8") == corpus
