# `make run` and `make test` are all that a fresh clone needs: Python 3.11 or newer, and make.

PYTHON ?= python3
PORT ?= 7860

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INSTALLED_BENCH := $(VENV)/.installed-bench

.PHONY: run test torture lint bench quality fuzz screenshots clean

# Exit code 3 of `qa index` says that some files were refused; those that were taken can be asked about.
run: $(INSTALLED)
	$(BIN)/qa index --if-changed seeds || test $$? -eq 3
	$(BIN)/qa serve --port $(PORT)

test: lint
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest

# What the tests do a few times, done hundreds of times: builds killed, disks filled, files corrupted. Takes a while.
torture: $(INSTALLED_DEV)
	HF_HUB_OFFLINE=1 $(BIN)/python tests/torture.py

lint: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# EVAL names a folder with question sets in the form that benchmarks/README.md describes.
bench: $(INSTALLED_BENCH)
	HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks $(if $(EVAL),--eval $(EVAL))
	$(if $(EVAL),HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks --eval $(EVAL) --scale)

# Writes docs/quality.md and its pictures; EVAL as above. An hour or so.
quality: $(INSTALLED_BENCH)
	HF_HUB_OFFLINE=1 $(BIN)/python -m benchmarks.quality $(EVAL)

# Pictures of the chat in docs/, taken of the seeds with the installed Chromium.
screenshots: $(INSTALLED_DEV)
	HF_HUB_OFFLINE=1 $(BIN)/python docs/screenshots.py

# Damaged files for each reader; COUNT inputs each (the tests try a few), or READERS="pdf html" alone.
fuzz: $(INSTALLED_DEV)
	$(BIN)/python tests/fuzz_readers.py $(READERS) --count $(or $(COUNT),20000)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(INSTALLED_DEV): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

$(INSTALLED_BENCH): $(INSTALLED_DEV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,bench]"
	touch $@

clean:
	rm -rf $(VENV)
