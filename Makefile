# The few verbs of daily work. `make run` and `make test` need git, make and Python 3.11 only; all
# else is fetched by the lock files into .venv/ in this folder.
#
# Stamp files in .venv/ make the second run quick.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
# Debian's own comes first: it is built with PGO and LTO, and what Glimpse does costs a tenth less
# there than on an interpreter that was built without (docs/adr/0018).
SYSTEM_PYTHON ?= $(shell command -v /usr/bin/python3.11 || command -v python3.11 || command -v python3)
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input

# Debian's own installer, asked only for what is missing and only as root.
APT := DEBIAN_FRONTEND=noninteractive apt-get
APT_INSTALL := $(APT) update -qq && $(APT) install -qq -y --no-install-recommends

.PHONY: screenshots run test native check bench soak mutants lock clean help

help: ## Show the verbs
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: native ## Start everything in one process, with a demo, until Ctrl-C
	@exec $(PY) -m api dev

# Two workers, a file of tests whole on one of them: each brings up servers of its own.
test: $(VENV)/.test browser native ## Run the whole suite, a browser included
	@exec $(PY) -m pytest --numprocesses 2 --dist loadfile $(ARGS)

check: $(VENV)/.test ## Style, types and layers; quick
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: native ## A short run of the bench (`python -m bench` lists all scenarios)
	@exec $(PY) -m bench fanout --clients 100 --runs 1 $(ARGS)

soak: $(VENV)/.test native ## The tests that gain by repetition, many times over
	@exec $(PY) -m pytest -m soak -o faulthandler_timeout=0 --rounds $(or $(ROUNDS),50) $(ARGS)

# Without a compiler the sources run as they are, only slower (docs/adr/0021).
native: $(VENV)/.run ## Compile what is hot, once for each state of the sources
	@$(HAS_COMPILER) || { test "$$(id -u)" = 0 && echo "make: installing a C compiler" && \
		$(APT_INSTALL) gcc libc6-dev python3-dev >/dev/null; } || \
		echo "make: no C compiler: apt-get install gcc libc6-dev python3-dev" >&2
	@$(PY) -m api.loops & $(PY) -m api.native; wait $$!

mutants: $(VENV)/.test ## Take each guard out of a copy and see its tests fail (ARGS=I4: some)
	@exec $(PY) -m tests.mutants $(ARGS)

screenshots: $(VENV)/.test browser ## Renew the pictures of docs/screenshots from the browser tests
	@exec $(PY) -m pytest -q tests/e2e/test_whole_way.py tests/e2e/test_*_screens.py \
		--screenshots docs/screenshots $(ARGS)

lock: $(VENV)/.test ## Write both lock files from pyproject.toml (ARGS=--upgrade renews all)
	$(LOCK) $(ARGS) --output-file requirements.lock pyproject.toml
	$(LOCK) $(ARGS) --constraint requirements.lock --extra test \
		--output-file requirements-test.lock pyproject.toml

clean: ## Remove the environment, the caches and the data folder
	rm -rf $(VENV) .glimpse *.egg-info build .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------- the environment
# No host stands in a lock file: where packages come from is the business of the machine.
LOCK := $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 --python-platform linux \
	--group build

$(VENV)/bin/pip:
	@test -n "$(SYSTEM_PYTHON)" || { echo "make: Python 3.11 or later is needed" >&2; exit 1; }
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(SYSTEM_PYTHON) is older than Python 3.11" >&2; exit 1; }
	@$(SYSTEM_PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ test "$$(id -u)" = 0 && $(APT_INSTALL) python3-venv >/dev/null; } || \
		{ echo "make: the module venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@$(SYSTEM_PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/pip
	@echo "make: installing the locked packages into $(VENV)/"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	@echo "make: installing the locked packages of the tests into $(VENV)/"
	@$(PIP) --require-hashes -r requirements-test.lock
	@touch $@

HAS_COMPILER := { command -v cc && \
	test -f "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h"; } \
	>/dev/null 2>&1

.PHONY: browser
browser:
	@command -v chromium >/dev/null || \
		{ test "$$(id -u)" = 0 && echo "make: installing chromium" && \
			$(APT_INSTALL) chromium fonts-noto-cjk >/dev/null; } || \
		{ echo "make: the tests need a browser: apt-get install chromium fonts-noto-cjk" >&2; exit 1; }
