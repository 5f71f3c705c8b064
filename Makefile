# Each target makes what it needs in .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST_ARGUMENTS ?=
# What the demo needs is installed alone: it is ready in seconds.
DEMO := .venv-demo
DEMO_ARGUMENTS ?=
BENCH_ARGUMENTS ?=
PLATFORM ?= linux-x86_64

.PHONY: help demo test coverage test-fast scanners lint fix single-file bench docs docs-site lock-dev

help: ## explain the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 20

# uv where it is there, else pip: both install what uv.lock fixes.
$(READY): pyproject.toml uv.lock requirements-dev.txt
ifneq ($(shell command -v uv 2>/dev/null),)
	uv sync --quiet --locked --python $(PYTHON)
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
endif
	@touch $@

$(DEMO)/.ready: uv.lock tools/install_demo.sh
	@sh tools/install_demo.sh $(PYTHON) $(DEMO)
	@echo "$(CURDIR)/src" > "$$($(DEMO)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/imagelock.pth"
	@touch $@

demo: $(DEMO)/.ready ## show what happens when a tag moves, on an embedded registry
	@$(DEMO)/bin/python -m imagelock demo $(DEMO_ARGUMENTS)

test: $(READY) ## run every test, those with real registries and tools too
	@sh tests/install-registry.sh
	@sh tests/oracles/install.sh
	@sh tests/browser/install.sh
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGUMENTS)

coverage: ## run every test, and fail if they reach too little of the code
	@$(MAKE) test PYTEST_ARGUMENTS="--cov --cov-report=term $(PYTEST_ARGUMENTS)"

test-fast: $(READY) ## run the tests that need no registry and no patience
	$(BIN)/python -m pytest -n auto -m "not integration and not slow" $(PYTEST_ARGUMENTS)

scanners: ## build Trivy, Grype, cosign and conftest for the tests, once
	@sh tests/real_tools/install.sh

lint: $(READY) ## check style, types, words, workflows and the generated documents
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32
	$(BIN)/mypy --platform darwin
	$(BIN)/python tools/check_words.py
	$(BIN)/python docs/generate.py --check
	$(BIN)/python tools/check_locks.py
	$(BIN)/shellcheck --external-sources $$(git ls-files "*.sh")
	$(BIN)/zizmor --offline --quiet --persona regular .github/workflows action.yml integrations/github integrations/fleet/github.yml
	@sh tools/actionlint.sh

fix: $(READY) ## fix what a program can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

single-file: $(READY) ## build dist/imagelock-PLATFORM.pyz, which runs with Python alone
	@mkdir -p dist
	$(BIN)/python tools/build_single_file.py $(PLATFORM) dist/imagelock-$(PLATFORM).pyz

bench: $(READY) ## measure start-up, reading and locking, as ratios
	$(BIN)/python benchmarks/run.py $(BENCH_ARGUMENTS)

docs: $(READY) ## write the documents that are made from the code
	$(BIN)/python docs/generate.py

docs-site: $(READY) ## build the site of the documentation, and check its links
	$(BIN)/python docs/build_site.py

lock-dev: $(READY) ## choose newer versions of the tools and of what the automation installs
	$(BIN)/uv lock --upgrade --quiet
	$(BIN)/python tools/check_locks.py --write
