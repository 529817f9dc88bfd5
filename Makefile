.DEFAULT_GOAL := help
.PHONY: help run dev serve test quick browser processors check fuzz readme docs screenshots benchmark clean

PYTHON ?= python3
WORKERS ?= 1
SECONDS ?= 60
BIN := .venv/bin
BIOME := npx --yes --fetch-retries=0 --fetch-timeout=30000 @biomejs/biome@2
# Each file to one worker, as its tests share what they train; files in the order of tests/conftest.py
BY_FILE := --dist loadfile --no-loadscope-reorder
# What reads files, refuses, draws or describes is the same on every kind of processor
WITHOUT_KERNELS := $(patsubst %,--ignore=tests/interp/test_%.py,archives commands formats loading package preparation \
	render safety saved_config showing trial usual) \
	$(patsubst %,--ignore=tests/models/test_%.py,cards commands corpus geometry images rows tables video)
export TF_CPP_MIN_LOG_LEVEL ?= 2

help:  ## Show the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/run-installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Glassface needs Python 3.11, 3.12 or 3.13 (TensorFlow runs on no later one yet): make run PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test-installed: requirements.txt requirements-dev.txt .venv/run-installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/run-installed  ## Install what the app needs and start it
	$(BIN)/python -m streamlit run dashboard/server.py --server.address=127.0.0.1

dev: .venv/run-installed  ## Start the app so that it notices changes of its files
	$(BIN)/python -m streamlit run dashboard/server.py --server.address=127.0.0.1 --server.fileWatcherType=auto

serve: .venv/run-installed  ## Start the app for other machines as well, on WORKERS=N cores; it says where it listens
ifeq ($(WORKERS),1)
	$(BIN)/python -m streamlit run dashboard/server.py --server.headless=true --server.address=0.0.0.0
else
	$(BIN)/python -m dashboard.workers $(WORKERS) --address=0.0.0.0
endif

test: .venv/test-installed check browser  ## Run all tests, the browser's included
	TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m pytest --ignore=tests/browser -n 2 $(BY_FILE)
	$(BIN)/python -m pytest tests/browser -n 2 --dist worksteal

quick: .venv/test-installed  ## Run the quick tests: no training, no page, no browser
	TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m pytest --ignore=tests/browser -m "not slow" -n 2 $(BY_FILE)

browser: .venv/test-installed
	@$(BIN)/python -m tests.support.browser

processors: export TF_NUM_INTRAOP_THREADS := 1
processors: export TF_ENABLE_ONEDNN_OPTS = $(shell $(BIN)/python -m tests.support.processors 2>/dev/null)
processors: .venv/test-installed  ## Run interp's and models' tests with the kernels of the other kind of processor
	$(BIN)/python -m pytest tests/interp -k "not an_application and not every_trained_network and not let_go" \
		$(WITHOUT_KERNELS) -n 2 $(BY_FILE)
	$(BIN)/python -m pytest tests/models -m "not slow" $(WITHOUT_KERNELS) -n 2 $(BY_FILE)

check: .venv/test-installed  ## Lint and type-check
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	@if $(BIOME) --version >/dev/null 2>&1; then $(BIOME) lint --error-on-warnings dashboard; \
	else echo "JavaScript and CSS were not linted: that needs Node.js with npx, and npm's registry once."; fi

fuzz: .venv/test-installed  ## Read files changed at random, SECONDS=N of each kind
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-fuzz.txt
	$(BIN)/python -m tests.fuzzing --seconds $(SECONDS)

readme: .venv/test-installed  ## Write the README's tables from the cards and the methods
	$(BIN)/python -m tests.readme

docs: export NO_MKDOCS_2_WARNING := 1
docs: .venv/run-installed  ## Write the documentation's site to build/site, each method with its picture
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	$(BIN)/python -m mkdocs build

screenshots: .venv/test-installed browser  ## Write screenshots of every page and its main views to tests/screenshots
	$(BIN)/python -m tests.browser.screenshots

benchmark: .venv/test-installed browser  ## Print medians and ratios of the fast paths
	$(BIN)/python -m tests.benchmarks

clean:  ## Remove the virtual environment and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .fuzzing tests/screenshots
