"""Settings, in one place: defaults < `qa.toml` in the working directory < environment `QA_*` < arguments."""

from __future__ import annotations

import os
import warnings
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa.errors import SettingsError

BUNDLED_MODEL = "bundled"

_PREFIX = "QA_"


class Settings(BaseSettings):
    """Everything that can be configured; frozen once made.

    Args:
        embedding_model: `"bundled"`, or a sentence-transformers model by name or folder.
        passage_tokens_min: A passage shorter than this many tokens is avoided where its article allows.
        passage_tokens_max: No passage is longer, unless one sentence alone is.
        reader: Whether the reader reads the best passages; without it, similarity alone chooses the sentences.
        citations_max: An answer cites at most this many sentences.
        answer_threshold: Confidence, 0 to 1, from which a question is answered; below it the service abstains.
        fetch_private_addresses: Whether a URL may be fetched from an address that is not on the public Internet.
        versions_kept: A build keeps this many versions of its index, the new one among them.
        library_writable: Articles can be put in and removed through the page, and the index be rebuilt.
        upload_mb_max: A file that is put in through the page has at most so many megabytes, of 1,000,000 bytes.
        upload_files_max: At most so many files are put in at once.
        feedback_file: Where the feedback of readers is kept; by default `feedback.sqlite` in the folder of the index.
        host: Address that the web chat listens on. Beyond this machine it needs a login, or `allow_anonymous`.
        mcp: Whether the web chat is an MCP server too, at `/mcp`.
        allow_anonymous: Whether whoever reaches the web chat may use it, also from other machines.
        username: With `password`, turns on a login.
        password: The password of `username`.
        users_file: File of users and their hashed passwords, written by `qa user add`; turns on a login too.

    Raises:
        SettingsError: A setting is unknown, of the wrong type or out of range, or `qa.toml` is not TOML.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, toml_file="qa.toml", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    embedding_model: str = Field(default=BUNDLED_MODEL, min_length=1)
    passage_tokens_min: int = Field(default=120, ge=1, le=1000)
    passage_tokens_max: int = Field(default=200, ge=8, le=2000)
    reader: bool = True
    citations_max: int = Field(default=3, ge=1, le=20)
    answer_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    fetch_private_addresses: bool = False
    versions_kept: int = Field(default=2, ge=1)
    library_writable: bool = True
    upload_mb_max: int = Field(default=20, ge=1, le=1000)
    upload_files_max: int = Field(default=1000, ge=1)
    feedback_file: Path | None = None
    host: str = Field(default="127.0.0.1", min_length=1)
    mcp: bool = False
    allow_anonymous: bool = False
    username: str = ""
    password: SecretStr | None = None
    users_file: Path | None = None

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            advice = "Mend it in qa.toml, in the QA_* variables or the call."
            raise SettingsError(f"bad setting: {faults}. {advice}") from error
        except (OSError, ValueError) as error:  # tomllib.TOMLDecodeError among them
            raise SettingsError(f"qa.toml cannot be read: {error}") from error
        if self.passage_tokens_min > self.passage_tokens_max:
            raise SettingsError("passage_tokens_min is larger than passage_tokens_max; lower one or raise the other.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, then environment, then `qa.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**arguments: Any) -> Settings:
    """Read the settings, arguments first.

    Args:
        **arguments: Fields of `Settings`; they win over the environment and `qa.toml`.

    Raises:
        SettingsError: A setting is unknown, of the wrong type or out of range, or `qa.toml` is not TOML.
    """
    _check_environment()
    return Settings(**arguments)


_VARIABLES = [_PREFIX + name.upper() for name in Settings.model_fields]


def _check_environment() -> None:
    """Refuse a `QA_*` variable that looks like a setting and is none: a login that is misspelt is no login."""
    for name in os.environ:
        if not name.upper().startswith(_PREFIX) or name.upper() in _VARIABLES:
            continue
        if near := get_close_matches(name.upper(), _VARIABLES, n=1, cutoff=0.75):
            raise SettingsError(f"{name} in the environment is no setting. Did you mean {near[0]}? Else unset it.")
        # Not refused: other programs may have variables of that name.
        warnings.warn(f"{name} in the environment is no setting of article-qa.", stacklevel=3)
