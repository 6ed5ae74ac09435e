"""What the reader is trained with: the bundled model in PyTorch, the examples, and what is held out."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

import qa
from qa.bundled import open_bundled_model
from qa.embedding import load_embedding
from qa.evaluation import read_questions
from qa.evidence import FOUND, READ
from qa.passages import split_passages
from qa.pieces import END, START, Pieces
from qa.reader import READER_FILE, load_reader
from qa.schema import Article
from training.calibrate import Asked, answering, ask_all, shares
from training.changed import add_changed
from training.data import NEGATIVES, Data, Question, add_negatives, draw_epoch, read_data
from training.export import INPUTS, Exported, restore
from training.held_out import keep_held_out, write_affairs
from training.model import Reader
from training.net import Encoder
from training.reader import Tokens, choose_pieces, loss_of, make_batch
from training.typed import add_typed, as_typed
from training.windows import PIECES_MAX, PIECES_MIN, keep_around
from training.written import WRITTEN, add_affairs, add_near_misses, add_passages, as_follow_up, read_affairs

SEED_QUESTIONS = Path(__file__).resolve().parent / "data" / "seed_questions.jsonl"
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
    encoder = Encoder(model).eval()
    text = "Œuvre n° 3 : le pont de Lisle a coûté 4,2 millions d’euros."
    numbers = np.array([[START, *(piece.number for piece in Pieces(model).cut(f"query: {text}")), END]])
    with torch.no_grad():
        states = encoder(encoder.embed(torch.from_numpy(model.word_embeddings().rows(numbers))), None)
    vector = torch.nn.functional.normalize(states[0].mean(0), dim=0).numpy()
    assert vector @ np.array(load_embedding("bundled").get_query_embedding(text)) > 0.999


def test_training_can_go_on_from_the_reader_that_ships():
    passage = split_passages(Article("a", "Pont", "fr", None, "", BRIDGE))[0]
    question = "Combien a coûté le pont ?"
    inputs, _, _ = load_reader().network_inputs(question, passage)
    reader = Reader(open_bundled_model(), 4).eval()
    reader.load_state_dict(restore(READER_FILE))
    with torch.no_grad():
        evidence, _, _, answers = Exported(reader)(*(torch.from_numpy(inputs[name]) for name in INPUTS))
    read = load_reader().read(question, [passage])[0]
    # As near as float32 comes: whatever processor reads, the same is read.
    assert answers.item() == pytest.approx(read.answers, abs=0.01)
    assert evidence[0].tolist() == pytest.approx([sentence.evidence for sentence in read.sentences], abs=0.01)
    assert evidence[0, 0] > evidence[0, 1] + 3


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
    assert sum(answer is None for *_, answer in examples) >= 1


def test_negatives_come_from_the_article_that_answers_and_from_others():
    own = [split_passages(Article("a", "Pont", "fr", None, "", f"Le pont a {n} arches."))[0] for n in range(2, 9)]
    others = [split_passages(Article("b", "Bac", "fr", None, "", f"Le bac a {n} places."))[0] for n in range(2, 9)]
    asked = Question("Combien d'arches ?", "fr", 0, "own", [(0, 10, 11)])
    data = Data([asked], [*own, *others], ["fr"] * 14, [0] * 14)
    nearness = np.linspace(1, 0.5, 14, dtype=np.float32)[:, None]
    add_negatives(data, np.ones((1, 1), dtype=np.float32), nearness)
    assert [data.passages[n].title for n in asked.near] == ["Pont", "Bac"] * (NEGATIVES // 2)
    assert asked.near[:2] == [1, 8], "the nearest, but for those with the words of the answer"


@pytest.mark.parametrize(
    ("question", "held", "around"),
    [("Was wurde gefunden?", {6}, 6), ("Qui a creusé le puits n° 3 ?", set(), 3), ("Was wurde gefunden?", set(), None)],
)
def test_an_example_keeps_the_sentences_around_what_answers_or_comes_near(question, held, around):
    text = " ".join(f"On a creusé {'le puits' if n == 3 else 'un canal'} pendant {n + 10} années." for n in range(10))
    passage = split_passages(Article("a", "Eau", "fr", None, "", text))[0]
    each = 20
    sentence_of = [-1, -1, *(n for n in range(10) for _ in range(each)), -1]
    for seed in range(20):
        kept = keep_around(question, passage, sentence_of, held, random.Random(seed))
        sentences = sorted({sentence_of[at] for at in kept} - {-1})
        assert kept == [at for at, n in enumerate(sentence_of) if n < 0 or n in sentences]
        assert sentences == list(range(sentences[0], sentences[-1] + 1)), "a run of whole sentences"
        if around is None:
            assert len(kept) == len(sentence_of)
        else:
            assert around in sentences
            assert PIECES_MIN <= len(sentences) * each < PIECES_MAX + each


def test_a_batch_of_parts_of_passages_marks_the_words_that_answer():
    said = [f"Au kilomètre {n}, le canal de Lisle longe la ferme du Moulin depuis {1800 + n}." for n in range(9)]
    data = Data([], split_passages(Article("a", "Canal", "fr", None, "", " ".join(said))), ["fr"], [1])
    text = data.passages[0].text
    start = text.index("1806")
    data.questions.append(Question("Depuis quand au kilomètre 6 ?", "fr", 1, "own", [(0, start, start + 4)]))
    data.questions.append(Question("Qui a creusé le canal ?", "fr", 1, "own", [], [0]))
    reader = Reader(open_bundled_model(), 4)
    tokens = Tokens(reader, data)
    examples = [(0, 0, (start, start + 4)), (1, 0, None)]
    kept = [choose_pieces(example, tokens, data, random.Random(3)) for example in examples]
    assert all(len(pieces) < len(tokens.passages[0]) for pieces in kept)
    assert choose_pieces(examples[0], tokens, data) == list(range(len(tokens.passages[0])))
    batch = make_batch(examples, kept, tokens, data)
    first, last = (kept[0][at - len(tokens.questions[0])] - 1 for at in batch.span[0].tolist())
    assert text[tokens.offsets[0][first][0] : tokens.offsets[0][last][1]].strip(" .") == "1806"
    assert batch.evidence.nonzero().tolist() == [[0, 6]]
    assert batch.count.sum(1).tolist() == [len({tokens.sentence_of[0][at] for at in pieces} - {-1}) for pieces in kept]
    loss = loss_of(reader, batch)
    loss.backward()
    assert loss.isfinite()
    assert reader.kinds.grad.abs().sum() > 0


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


def test_what_a_paragraph_does_not_answer_its_translations_do_not_either(paragraphs):
    rows = [
        {"lang": "fr", "context": BRIDGE, "question": "Combien ?", "answers": ["4,2 millions"], "answer_starts": [26]},
        {"lang": "en", "context": "The bridge cost 4.2 million.", "question": "How much?", "answers": ["4.2 million"],
         "answer_starts": [16]},
    ]  # fmt: skip
    with gzip.open(paragraphs, "at", encoding="utf-8") as file:
        for row in rows:
            whole = {"title": "Pont", "fold": 0, "set": "xquad", "unanswerable": False, "parallel_id": "1", **row}
            file.write(json.dumps(whole) + "\n")
    data = read_data(paragraphs)
    (designed,) = [question for question in data.questions if question.text == "Qui a dessiné le pont ?"]
    assert sorted(data.languages[number] for number in designed.near) == ["en", "fr"]


def test_a_near_miss_is_one_of_the_translations_of_its_paragraph_too(paragraphs, tmp_path):
    english = {"lang": "en", "context": "The bridge cost 4.2 million.", "question": "How much?",
               "answers": ["4.2 million"], "answer_starts": [16]}  # fmt: skip
    french = {
        "lang": "fr",
        "context": BRIDGE,
        "question": "Combien ?",
        "answers": ["4,2 millions"],
        "answer_starts": [26],
    }
    with gzip.open(paragraphs, "at", encoding="utf-8") as file:
        for row in (french, english):
            whole = {"title": "Pont", "fold": 0, "set": "xquad", "unanswerable": False, "parallel_id": "1", **row}
            file.write(json.dumps(whole) + "\n")
    data = read_data(paragraphs)
    written = tmp_path / "contrasts.jsonl"
    row = {"title": "Pont", "begins": "The bridge", "lang": "fr", "question": "Combien de ponts ?", "answer": None}
    written.write_text(json.dumps(row), encoding="utf-8")
    add_near_misses(data, written)
    assert [data.languages[number] for number in data.questions[-1].near] == ["en", "fr"]
    assert data.questions[-1].source == "contrasts"


def test_a_changed_question_has_a_name_that_its_passage_does_not_mention(paragraphs):
    rows = [
        ("Qui a fondé la ville de Lisle ?", BRIDGE, "trois ans"),
        ("Où est la mairie de Ploufragan ?", FERRY, "port"),
    ]
    with gzip.open(paragraphs, "wt", encoding="utf-8") as file:
        for question, context, answer in rows:
            row = {"set": "own", "lang": "fr", "title": "Pont", "fold": 0, "context": context, "question": question,
                   "answers": [answer], "answer_starts": [context.index(answer)], "unanswerable": False}  # fmt: skip
            file.write(json.dumps(row) + "\n")
    data = read_data(paragraphs)
    add_changed(data, 1.0)
    assert [question.text for question in data.questions[2:]] == [
        "Qui a fondé la ville de Ploufragan ?",
        "Où est la mairie de Lisle ?",
    ]
    assert [(question.right, question.near) for question in data.questions[2:]] == [([], [0]), ([], [1])]


def test_a_question_as_it_is_typed_keeps_its_answer_and_loses_accents_letters_or_small_words(paragraphs):
    data = read_data(paragraphs)
    add_typed(data, 1.0)
    again = data.questions[len(ROWS) :]
    assert [question.source for question in again] == ["typed"] * len(ROWS)
    for question, typed in zip(data.questions, again, strict=False):
        assert (typed.right, typed.near, typed.fold) == (question.right, question.near, question.fold)
    asked = "Qu'a-t-elle répondu à Brême ?"
    ways = {as_typed(asked, "fr", random.Random(seed)) for seed in range(400)}
    assert {"répondu Brême", "qu'a-t-elle repondu a breme", "Qu'a-t-elle réopndu à Brême ?"} <= ways
    assert all(abs(len(way) - len(asked)) <= 3 or way == "répondu Brême" for way in ways)


def test_near_misses_belong_to_the_paragraph_that_they_name(paragraphs, tmp_path):
    data = read_data(paragraphs)
    rows = [
        {"title": "Pont", "begins": BRIDGE[:20], "lang": "fr", "question": "Durée ?", "answer": "trois ans"},
        {"title": "Bac d'Ellis", "begins": FERRY[:20], "lang": "fr", "question": "Qui était à bord ?", "answer": None},
    ]
    written = tmp_path / "written.jsonl"
    written.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    add_near_misses(data, written)
    answered, unanswered = data.questions[-2:]
    number, start, end = answered.right[0]
    assert (data.passages[number].text[start:end], answered.near, answered.fold) == ("trois ans", [], 0)
    assert (unanswered.right, unanswered.fold) == ([], 1)
    assert data.passages[unanswered.near[0]].text == FERRY
    written.write_text(json.dumps({**rows[0], "begins": "Le tunnel"}) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no paragraph of 'Pont' begins with 'Le tunnel'"):
        add_near_misses(data, written)


def test_every_affair_is_told_twice_and_its_answers_stand_in_its_articles(paragraphs):
    data = read_data(paragraphs)
    before = len(data.questions)
    add_affairs(data)
    added = data.questions[before:]
    asked = sum(len(affair["questions"]) for affair in read_affairs())
    assert len(added) >= 0.98 * asked  # an answer may be cut in two with its passage
    assert {question.fold for question in added} == set(range(5))
    assert all(len({article["lang"] for article in affair["articles"]}) == 2 for affair in read_affairs())
    assert sum(not question.right for question in added) > 0.2 * len(added)
    assert all(question.near for question in added if not question.right)


@pytest.mark.parametrize("name", ["near-misses.jsonl", "contrasts.jsonl", "questions.jsonl"])
def test_every_near_miss_that_was_written_says_what_it_is(name):
    lines = (WRITTEN / name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert all(set(row) == {"title", "begins", "lang", "question", "answer"} for row in rows)
    assert sum(row["answer"] is None for row in rows) >= 0.5 * len(rows)


def test_every_answer_about_a_written_passage_stands_in_it_once(paragraphs):
    rows = [json.loads(line) for line in (WRITTEN / "passages.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [(row, question) for row in rows for question in row["questions"]]
    answered = [(row["text"], question["answer"]) for row, question in asked if question["answer"] is not None]
    assert all(text.count(answer) == 1 for text, answer in answered)
    data = read_data(paragraphs)
    before = len(data.questions)
    add_passages(data)
    added = data.questions[before:]
    assert len(added) >= 0.98 * len(asked)  # an answer may be cut in two with its passage
    assert {question.fold for question in added} == set(range(5))
    assert 0.4 * len(added) <= sum(not question.right for question in added) <= 0.6 * len(added)
    assert all(question.near for question in added if not question.right)


def test_about_half_of_the_questions_about_public_paragraphs_are_answered():
    lines = (WRITTEN / "paragraphs.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert all(set(row) == {"title", "begins", "lang", "question", "answer"} for row in rows)
    assert 0.4 * len(rows) <= sum(row["answer"] is None for row in rows) <= 0.6 * len(rows)


def test_a_follow_up_is_read_as_the_service_understands_it():
    assert as_follow_up("Et où ?", "Quand le pont de Lisle a-t-il rouvert ?", "fr").startswith("Et où ? (")
    assert as_follow_up("Où est le pont de Lisle ?", None, "fr") == "Où est le pont de Lisle ?"


def test_the_affairs_that_are_held_out_are_a_question_set(tmp_path):
    write_affairs(tmp_path, fold=0)
    lines = (tmp_path / "affairs" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {row["id"]: row["text"] for row in map(json.loads, lines)}
    questions = read_questions(tmp_path / "affairs" / "questions.jsonl", texts)
    assert any(question.also for question in questions)
    assert any(not question.answerable for question in questions)


def test_the_confidence_that_is_fitted_is_the_one_that_is_given(seed_index):
    fit = np.array((*FOUND, *READ))
    with qa.ArticleQA.open(seed_index) as engine:
        questions = read_questions(SEED_QUESTIONS, {article.id: article.text for article in engine.articles()})[::20]
        fitted = [answering(np.array([one.best]), fit)[0] for one in ask_all(engine, questions, 1.0)]
        given = [engine.ask(question.text).confidence for question in questions]
    assert len(given) > 5
    assert fitted == pytest.approx(given, abs=0.001)


def test_what_is_found_and_what_is_read_are_judged_by_the_same_questions():
    # The passage that answers has its two sentences in the wrong order by what was found; another passage comes first.
    columns = np.array([(0.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.0, -1.0, 0.0, 0.0), (9.0, 0.0, -2.0, 0.0, 0.0)])
    right = np.array([False, False, True])
    asked = [
        Asked(True, 0, 1.0, columns, np.array([0, 1, 1]), right, (0.0, 0.0, 0.0)),
        Asked(False, 0, 1.0, columns, np.array([0, 1, 1]), right & False, (0.0, 0.0, 0.0)),
    ]
    in_passage, first, among_three = [0.0, 1.0], [0.0, 1.0], [1.0, 1.0]
    assert shares(asked) == in_passage + first + among_three
