# Each target installs what it needs into .venv by itself. Another interpreter: make test PYTHON=python3.13
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: quickstart test check lint format envs clean

quickstart: $(VENV)/.runtime  ## the whole pipeline, offline, into runs/quickstart
	$(BIN)/agentgym quickstart

test: lint  ## what CI runs
	$(BIN)/python -m pytest

check: $(VENV)/.runtime  ## rebuild the catalog, compare with the committed environments, and prove them again
	$(BIN)/agentgym build --check
	$(BIN)/agentgym check envs_generated

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy agentgym

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

envs: $(VENV)/.runtime  ## rebuild the catalog and replace the committed environments
	$(BIN)/agentgym build --accept

clean:
	rm -rf $(VENV) build dist runs .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev]'
	touch $@ $(VENV)/.runtime
