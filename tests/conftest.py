"""What all tests share: one index of the seeds, and a guard against the network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [name for name in os.environ if name.startswith("QA_")]:
    del os.environ[_name]  # the settings of whoever runs the tests are not theirs

import qa  # noqa: E402  (imported after the environment is set)

ROOT = Path(__file__).resolve().parent.parent

_attempts: list[str] = []


def _is_local(host: Any) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(what: str) -> None:
    _attempts.append(what)
    raise OSError(f"a test tried to reach the network: {what}")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every address but this machine's own, for fixtures of any scope too."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(method: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
                _refuse(repr(address))
            return method(self, address)

        return call

    def guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if not _is_local(host):
            _refuse(repr(host))
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(autouse=True)
def _fails_if_it_tried_the_network(_no_network: None) -> Iterator[None]:
    """Fail also where the attempt's error was swallowed."""
    yield
    tried, _attempts[:] = list(_attempts), []
    assert not tried, f"tried to reach the network: {tried}"


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index built from `seeds/`. Nothing may be changed in it."""
    index = tmp_path_factory.mktemp("indexes") / "seeds"
    qa.build_index(ROOT / "seeds", index=index)
    return index


@pytest.fixture(scope="session")
def seed_qa(seed_index: Path) -> Iterator[qa.ArticleQA]:
    """The open index of the seeds."""
    with qa.ArticleQA.open(seed_index) as engine:
        yield engine
