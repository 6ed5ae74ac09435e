"""Question sets -> the same sets with the questions alone that were not trained on; all of their articles stay.

Beside them `affairs`, of what was written for the reader: invented news, each told by two articles in two languages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from pathlib import Path

from training.written import read_affairs


def keep_held_out(paragraphs: Path, sets: Path, to: Path, *, fold: int) -> None:
    """Write each set with those of its questions whose article is of one fold.

    Args:
        paragraphs: The training data, by which titles have folds.
        sets: Folders with `corpus.jsonl` and `questions.jsonl`.
        to: Folder to write to.
        fold: The fold that was not trained on.
    """
    with gzip.open(paragraphs, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    titles = {_key(row["title"]) for row in rows if row["fold"] == fold}
    # A question whose article was taken out of a set names none; it is known by its words.
    asked = {(row["lang"], row["question"].strip()) for row in rows if row["fold"] == fold}
    for questions in sorted(sets.glob("*/questions.jsonl")):
        folder = to / questions.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        corpus = questions.with_name("corpus.jsonl")
        shutil.copyfile(corpus, folder / "corpus.jsonl")
        of_article = {row["id"]: _key(row["title"]) in titles for row in map(json.loads, _lines(corpus))}
        kept = [
            line
            for line in _lines(questions)
            if (row := json.loads(line))
            and of_article.get(row["article"], (row["lang"], row["question"].strip()) in asked)
        ]
        (folder / "questions.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
        print(f"{folder}: {len(kept)} questions")


def write_affairs(to: Path, *, fold: int) -> None:
    """Write the affairs of one fold as a question set; follow-ups are left out.

    Args:
        to: Folder to write to.
        fold: The fold that was not trained on.
    """
    articles: list[dict[str, object]] = []
    questions: list[dict[str, object]] = []
    for at, affair in enumerate(read_affairs()):
        if affair["fold"] != fold:
            continue
        ids = [f"{at}-{article['lang']}" for article in affair["articles"]]
        texts = [article["text"] for article in affair["articles"]]
        articles += [{"id": name, **article} for name, article in zip(ids, affair["articles"], strict=True)]
        for asked in affair["questions"]:
            if asked["before"]:
                continue
            places = [
                {"article": ids[n], "spans": [[texts[n].index(words), texts[n].index(words) + len(words)]]}
                for n, words in asked["answers"]
            ]
            about = {**places[0], "also": places[1:]} if places else {}
            questions.append(
                {"lang": asked["lang"], "question": asked["question"], "answerable": bool(places), **about}
            )
    folder = to / "affairs"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", articles), ("questions", questions)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    print(f"{folder}: {len(questions)} questions")


def _key(title: str) -> str:
    return title.replace("_", " ").casefold()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def main() -> None:
    """Write the sets."""
    parser = argparse.ArgumentParser(prog="python -m training.held_out", description=__doc__)
    parser.add_argument("paragraphs", type=Path)
    parser.add_argument("sets", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--fold", type=int, default=0, help="the fold that was not trained on (default: 0)")
    options = parser.parse_args()
    keep_held_out(options.paragraphs, options.sets, options.to, fold=options.fold)
    write_affairs(options.to, fold=options.fold)


if __name__ == "__main__":
    main()
