# Everything runs in .venv, made from the machine's python3 and pip.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
DATA ?=

.PHONY: demo test test-all check benchmark honesty docs clean

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q .venv/lib src || true
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q .venv/lib || true
	touch $@

demo: .venv/installed ## install, then the main job on a bundled table
	$(BIN)/assay demo

PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test: .venv/installed-dev ## what a clean checkout must pass, in some five minutes
	$(PYTEST) -m "not slow"

test-all: .venv/installed-dev ## everything but benchmarks
	$(PYTEST) --hypothesis-profile=all

check: .venv/installed-dev ## format, lint, types, layers
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src

benchmark: .venv/installed-dev ## measure; the panel's part needs DATA=folder with manifest.json
	$(BIN)/python benchmarks/run.py --write docs/benchmarks.md $(if $(DATA),--data $(DATA))

honesty: .venv/installed-dev ## ten minutes of labs whose truth is known, attackers, a cheater, leak traps, audit and vault
	$(BIN)/python benchmarks/evidence.py --quick --strict --labs 100 --figures 400 --sets 1000 --out benchmarks/out/honesty
	$(if $(DATA),$(BIN)/python benchmarks/evidence_search.py --data $(DATA) --learners linear --seeds 0 4 \
		--results benchmarks/out/honesty/search.jsonl --out benchmarks/out/honesty)
	$(BIN)/python -m pytest -n $(WORKERS) tests/evidence tests/lab/test_lab_audit.py tests/lab/test_lab_findings.py \
		tests/lab/test_lab_reproduce.py tests/lab/test_lab_vault.py tests/pipeline/test_pipeline_leaks.py

docs: .venv/installed ## write what comes from the code and a demo, then build the documentation into site/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/python docs/build.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv site dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
