"""Question sets -> the same sets with the questions alone that were not trained on; all of their articles stay."""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
from pathlib import Path


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


if __name__ == "__main__":
    main()
