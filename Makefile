# Each target makes what it needs in .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST_ARGUMENTS ?=

.PHONY: help demo test test-fast lint fix bench docs lock-dev

help: ## explain the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 20

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## tell the story of a moving tag on an embedded registry
	@$(BIN)/imagelock demo

test: $(READY) ## run every test, those against a real registry too
	@sh tests/install-registry.sh
	$(BIN)/python -m pytest -n auto --cov --cov-report=term $(PYTEST_ARGUMENTS)

test-fast: $(READY) ## run the tests that need no registry and no patience
	$(BIN)/python -m pytest -n auto -m "not integration and not slow" $(PYTEST_ARGUMENTS)

lint: $(READY) ## check style, types and the generated documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check
	$(BIN)/shellcheck --external-sources $$(git ls-files "integrations/*.sh")

fix: $(READY) ## fix what a program can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) ## measure start-up, reading and locking, as ratios
	$(BIN)/python benchmarks/run.py

docs: $(READY) ## write the documents that are made from the code
	$(BIN)/python docs/generate.py

lock-dev: $(READY) ## choose new versions of the tools and of what the automation installs
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-header --upgrade \
		--output-file requirements-dev.txt --quiet
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-header --upgrade \
		--output-file integrations/requirements.txt --quiet
