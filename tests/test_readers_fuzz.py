"""A few damaged files for each reader; `make fuzz` tries many, with limits of time and memory."""

from __future__ import annotations

import pytest
from fuzz_readers import READERS, damage, read_input

from qa.articles import reading

COUNT = 100


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "read_parts", reading.read_parts)  # which read_input replaces
    outcomes = {read_input(name, damage(name, number, seed=0)) for number in range(COUNT)}
    assert "read" in outcomes
