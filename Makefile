# Targets are listed by `make` alone. Each does the set-up it needs.
SHELL := /bin/bash
VENV  := .venv
RUN   := $(VENV)/bin

# The tests start some two hundred processes: where this is set, each compiles every package it imports once more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench pictures rules format lock wheel clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(VENV)/.ready ## run the main job on the embedded sample, into ./jevons-demo
	@$(RUN)/jevons demo

# Files of few tests are begun first, not last: they start whole programs and take longest.
test: $(VENV)/.ready ## everything: lint, types, import contracts, tests
	@./setup.sh tests
	@$(MAKE) --no-print-directory lint types
	$(RUN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.ready ## style and import contracts
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports --no-cache

types: $(VENV)/.ready ## mypy, strict
	$(RUN)/mypy

bench: $(VENV)/.ready ## timings as ratios against peers, in one run
	$(RUN)/python -m benchmarks

pictures: $(VENV)/.ready ## draw the approved pictures of ten mandates' sheets anew; look at each before committing it
	@$(RUN)/python tests/pages/pictures.py

rules: $(VENV)/.ready ## write docs/rules.md anew from the packs
	@$(RUN)/jevons rules list --format markdown --examples tests/rules --out docs/rules.md

format: $(VENV)/.ready ## rewrite the code in house style
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

lock: ## pin every dependency with its hashes, naming no host
	@./setup.sh uv
	$$(./setup.sh uv) pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements.lock
	$$(./setup.sh uv) pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements-dev.lock -c requirements.lock

wheel: $(VENV)/.ready ## build the wheel into dist/
	$(RUN)/python -m hatchling build -t wheel

clean: ## remove the environment and what was built or run here
	rm -rf $(VENV) dist jevons-demo .mypy_cache .ruff_cache .hypothesis

$(VENV)/.ready: requirements-dev.lock pyproject.toml setup.sh
	@./setup.sh environment
	@touch $@
