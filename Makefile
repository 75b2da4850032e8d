# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help setup demo test static check format bench lock wheel pictures clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) ($(1): the first time takes a minute or two)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1) >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
	@touch $@
endef

$(VENV)/.ready: requirements.lock pyproject.toml # what the hub needs to run
	$(call install,requirements.lock)

$(VENV)/.ready-dev: requirements-dev.lock pyproject.toml # and what its developers need: tests, types, the match model's training
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.ready

setup: $(VENV)/.ready-dev ## make the virtual environment with all locked dependencies, a developer's too

demo: $(VENV)/.ready ## run the hub with a synthetic partnership (ARGS=--once does the main job once; add --json)
	@$(BIN)/mash demo $(ARGS)

test: $(VENV)/.ready-dev ## run every test (what is missing on this machine is skipped loudly; MASH_TEST_REQUIRE=all fails instead)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

static: $(VENV)/.ready-dev ## style, types, import rules and schemas, without running the tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mash schemas check

check: static test ## all of that and the tests: what CI runs

format: $(VENV)/.ready-dev ## put files in the common shape
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.ready-dev ## measure: each step and the whole path beside the bare parts, in one run
	@$(BIN)/python -m bench $(ARGS)

COMPILE := pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe
lock: ## make requirements.lock and requirements-dev.lock anew from pyproject.toml
	@$(BIN)/$(COMPILE) --extra install --output-file requirements.lock pyproject.toml
	@$(BIN)/$(COMPILE) --extra install --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

wheel: $(VENV)/.ready-dev ## build a wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation

pictures: $(VENV)/.ready-dev ## make the README's pictures from the running demo (needs Chromium)
	@$(BIN)/python -m bench.pictures $(ARGS)

clean: ## remove what was made here (not your data)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache *.egg-info
