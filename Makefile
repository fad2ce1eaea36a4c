# make compare   sets everything up in .venv and runs the main comparison
# make test      sets up and runs the tests
# make test-slurm  runs the cluster scripts of SWEEPS.md on a real SLURM (root; slurm-wlm, munge)
# make test-tools  fits the tools of TRUTH.md, in .venv-tools (needs Python 3.11)
# make lint      sets up and runs the linters and the type checker
# make module  builds simulation/engine/engine.wasm anew, to the same bytes (needs Python 3.11)
# make module-check  builds it and compares, for the CI: nothing is written
# make page      makes the page anew, to the same bytes (needs node and npm)
# make page-check  bundles it and compares, for the CI: nothing is written
# make clean     removes .venv and what was made

# The newest Python from 3.11 to 3.14 that can make a virtual environment; or PYTHON=... make ...
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
	2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PAGE := simulation/web/page
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: compare test test-slurm test-tools lint module module-check page page-check clean help

help:
	@sed -n 's/^# //p' Makefile | head -10

compare: .venv/installed
	@echo "Comparing posting_only with community_building in 100 worlds of launch_2025 ..."
	@$(BIN)/continuum compare posting_only community_building --out out

test: .venv/installed-test
	@$(BIN)/continuum doctor
	$(BIN)/python -m pytest -n auto --dist worksteal -q

test-slurm: .venv/installed-test
	CONTINUUM_SLURM=$${CONTINUUM_SLURM:-yes} PATH="$(CURDIR)/$(BIN):$$PATH" \
		$(BIN)/python -m pytest -q tests/sweeps/test_slurm.py

test-tools: .venv-tools/installed
	.venv-tools/bin/python -m pytest -q -rs tests/panels/test_tools.py tests/experiments/test_truth.py \
		'tests/experiments/test_run.py::test_every_experiment_runs_and_says_what_it_found[truth]'

lint: .venv/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

module module-check: .venv-module/installed
	PYTHONPATH=. .venv-module/bin/python -m simulation.engine.wasm.build $(if $(findstring check,$@),--check)

page: $(PAGE)/node_modules/.package-lock.json .venv/installed
	@cd $(PAGE) && npm run --silent format >/dev/null && npm run --silent build
	$(BIN)/python -m simulation.web.page

page-check: $(PAGE)/node_modules/.package-lock.json
	@cd $(PAGE) && npm run --silent check

clean:
	rm -rf .venv .venv-module .venv-tools $(PAGE)/node_modules out build *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.14 with venv was found. Install one" \
		"(on Debian: apt-get install python3 python3-venv), or say PYTHON=/path/to/python make ..."; exit 2; }
	@echo "Making .venv with $(PYTHON) ..."
	@$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	@echo "Installing the project and what it needs into .venv (a minute or two) ..."
	@$(PIP) install -e . && touch $@

.venv/installed-test: .venv/installed
	@echo "Installing what the tests need ..."
	@$(PIP) install -e '.[test,viz]' && touch $@

.venv/installed-lint: .venv/installed
	@echo "Installing the linters and the type checker ..."
	@$(PIP) install -e '.[test,dev]' && touch $@

.venv-module/installed: simulation/engine/wasm/requirements.txt
	@echo "Installing the tools that build the module, of just the pinned versions ..."
	@$(or $(PYTHON311),python3.11) -m venv .venv-module
	@.venv-module/bin/python -m pip --disable-pip-version-check -q install -r $< && touch $@

.venv-tools/installed: pyproject.toml
	@echo "Installing the tools that panels are exported to (some minutes) ..."
	@$(or $(PYTHON311),python3.11) -m venv .venv-tools
	@.venv-tools/bin/python -m pip --disable-pip-version-check -q install -e '.[tools]' && touch $@

$(PAGE)/node_modules/.package-lock.json: $(PAGE)/package-lock.json
	@echo "Installing the tools that bundle the page, of just the pinned versions ..."
	@cd $(PAGE) && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.package-lock.json
