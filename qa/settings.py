"""Settings, in one place: defaults < `qa.toml` in the working directory < environment `QA_*` < arguments."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa.errors import SettingsError

BUNDLED_MODEL = "bundled"


class Settings(BaseSettings):
    """Everything that can be configured; frozen once made.

    Args:
        embedding_model: `"bundled"`, or a sentence-transformers model by name or folder.
        passage_tokens_min: A passage shorter than this many tokens is avoided where its article allows.
        passage_tokens_max: No passage is longer, unless one sentence alone is.
        citations_max: An answer cites at most this many sentences.
        answer_threshold: Confidence, 0 to 1, from which a question is answered; below it the service abstains.
        fetch_private_addresses: Whether a URL may be fetched from an address that is not on the public Internet.
        versions_kept: A build keeps this many versions of its index, the new one among them.

    Raises:
        SettingsError: A setting is unknown, of the wrong type or out of range (from `load_settings`).
    """

    model_config = SettingsConfigDict(env_prefix="QA_", toml_file="qa.toml", frozen=True, extra="forbid")

    embedding_model: str = Field(default=BUNDLED_MODEL, min_length=1)
    passage_tokens_min: int = Field(default=120, ge=1, le=1000)
    passage_tokens_max: int = Field(default=200, ge=8, le=2000)
    citations_max: int = Field(default=3, ge=1, le=20)
    answer_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    fetch_private_addresses: bool = False
    versions_kept: int = Field(default=2, ge=1)

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
    try:
        settings = Settings(**arguments)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SettingsError(f"bad setting: {faults}. Mend it in qa.toml, in the QA_* variables or the call.") from error
    except (OSError, ValueError) as error:  # tomllib.TOMLDecodeError among them
        raise SettingsError(f"qa.toml cannot be read: {error}") from error
    if settings.passage_tokens_min > settings.passage_tokens_max:
        raise SettingsError("passage_tokens_min is larger than passage_tokens_max; lower one or raise the other.")
    return settings
