"""Where a setting comes from, which source wins, and what is said where one is wrong."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from qa.errors import QAError, SettingsError
from qa.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_toml(text: str) -> None:
    Path("qa.toml").write_text(text, encoding="utf-8")


# Which source wins


def test_defaults_serve_without_any_configuration():
    settings = load_settings()
    assert (settings.embedding_model, settings.citations_max, settings.versions_kept) == ("bundled", 3, 2)
    assert (settings.passage_tokens_min, settings.passage_tokens_max) == (120, 200)


def test_qa_toml_in_the_working_directory_wins_over_defaults():
    write_toml("citations_max = 5\nanswer_threshold = 0.25\n")
    assert (load_settings().citations_max, load_settings().answer_threshold) == (5, 0.25)


def test_the_environment_wins_over_qa_toml(monkeypatch):
    write_toml("citations_max = 5\nversions_kept = 9\n")
    monkeypatch.setenv("QA_CITATIONS_MAX", "7")
    assert (load_settings().citations_max, load_settings().versions_kept) == (7, 9)


def test_arguments_win_over_the_environment_and_qa_toml(monkeypatch):
    write_toml("citations_max = 5\n")
    monkeypatch.setenv("QA_CITATIONS_MAX", "7")
    assert load_settings(citations_max=2).citations_max == 2


def test_another_working_directory_has_another_qa_toml(folder, monkeypatch):
    write_toml("citations_max = 5\n")
    elsewhere = folder / "ailleurs"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_settings().citations_max == 3


def test_a_dotenv_file_is_not_read():
    Path(".env").write_text("QA_CITATIONS_MAX=9\n", encoding="utf-8")
    assert load_settings().citations_max == 3


def test_settings_are_frozen_and_can_key_a_dict():
    assert {load_settings(): 1}[load_settings()] == 1
    with pytest.raises(ValueError, match="frozen"):
        load_settings().citations_max = 4


# What is wrong is named


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("citation_max = 3", "citation_max"),
        ("[retrieval]\nlimit = 3", "retrieval"),
        ('citations_max = "many"', "citations_max"),
        ("embedding_model = 12", "embedding_model"),
        ('embedding_model = ""', "embedding_model"),
        ("citations_max = 0", "citations_max"),
        ("answer_threshold = 1.5", "answer_threshold"),
        ("answer_threshold = nan", "answer_threshold"),
        ("versions_kept = 0", "versions_kept"),
        ("passage_tokens_max = 7", "passage_tokens_max"),
        ("citations_max = 3 3", "qa.toml"),
        ("citations_max = [", "qa.toml"),
    ],
)
def test_a_wrong_setting_in_qa_toml_is_named(toml, named):
    write_toml(toml)
    with pytest.raises(SettingsError, match=named):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("QA_CITATIONS_MAX", "drei"), ("QA_ANSWER_THRESHOLD", "-1"), ("QA_VERSIONS_KEPT", ""), ("QA_EMBEDDING_MODEL", "")],
)
def test_a_wrong_setting_in_the_environment_is_named(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name.removeprefix("QA_").lower()):
        load_settings()


@pytest.mark.parametrize(
    "arguments", [{"citation_max": 3}, {"citations_max": "many"}, {"citations_max": 21}, {"answer_threshold": None}]
)
def test_a_wrong_argument_is_named(arguments):
    with pytest.raises(SettingsError, match=next(iter(arguments))):
        load_settings(**arguments)


def test_settings_that_are_built_directly_name_what_is_wrong_too():
    with pytest.raises(SettingsError, match=r"citations_max.*Mend it in qa\.toml"):
        Settings(citations_max=0)
    with pytest.raises(SettingsError, match=r"passage_tokens_min.*passage_tokens_max"):
        Settings(passage_tokens_min=300, passage_tokens_max=200)


def test_all_faults_are_named_at_once():
    write_toml("citations_max = 0\nversions_kept = 0\n")
    with pytest.raises(SettingsError, match=r"citations_max.*versions_kept"):
        load_settings()


def test_a_passage_range_that_is_upside_down_names_both_ends():
    with pytest.raises(SettingsError, match=r"passage_tokens_min.*passage_tokens_max"):
        load_settings(passage_tokens_min=300, passage_tokens_max=200)


def test_qa_toml_in_another_encoding_is_named():
    Path("qa.toml").write_bytes('embedding_model = "modèle"'.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"qa\.toml"):
        load_settings()


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may read everything")
def test_qa_toml_that_may_not_be_read_is_named():
    write_toml("citations_max = 5\n")
    Path("qa.toml").chmod(0)
    with pytest.raises(SettingsError, match=r"qa\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("QA_PASWORD", "QA_PASSWORD"),
        ("QA_PASSWD", "QA_PASSWORD"),
        ("QA_USER", "QA_USERNAME"),
        ("QA_CITATION_MAX", "QA_CITATIONS_MAX"),
        ("qa_allow_anonymos", "QA_ALLOW_ANONYMOUS"),
    ],
)
def test_a_misspelt_setting_in_the_environment_is_refused_with_the_right_one(name, meant, monkeypatch):
    monkeypatch.setenv(name, "secret-word")
    with pytest.raises(SettingsError, match=f"{name} in the environment is no setting. Did you mean {meant}") as raised:
        load_settings()
    assert "secret-word" not in str(raised.value)


def test_another_program_s_variable_is_warned_of_and_does_no_harm(monkeypatch):
    monkeypatch.setenv("QA_BASE_URL", "https://qa.example")
    with pytest.warns(UserWarning, match="QA_BASE_URL in the environment is no setting of article-qa"):
        assert load_settings() == Settings()


def test_a_password_is_never_shown(monkeypatch):
    monkeypatch.setenv("QA_PASSWORD", "secret-word")
    assert load_settings().password.get_secret_value() == "secret-word"
    assert "secret-word" not in f"{load_settings()!r} {load_settings()} {load_settings().model_dump_json()}"
    monkeypatch.setenv("QA_VERSIONS_KEPT", "secret-word")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "secret-word" not in "".join(traceback.format_exception(raised.value))


def test_a_settings_error_is_an_error_for_users():
    assert issubclass(SettingsError, QAError)
    assert load_settings() == Settings()
