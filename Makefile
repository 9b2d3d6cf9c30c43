# `make run` and `make test` are all a newcomer needs; each sets up what is missing.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$p"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
FLOW ?= csat
CALLER ?=
# offline, timed, aws, or aws-double: a local AWS that is started for the call.
ENGINES ?=
# Tests to run instead of all.
TESTS ?=
# The tests that take the time which calls take run one by one, the others on every core.
CALLS := tests/e2e tests/bench
PAGES := tests/console
# What `make bench` measures: all, calls, aws (conversations through the AWS clients), flows (and exports), or console.
PART ?=
STAMP := $(VENV)/.installed
WITH = $(if $(filter aws-double,$(ENGINES)),$(BIN)/python -m tests.doubles.aws --,$(if $(ENGINES),\
	DIALAI_STT=$(ENGINES) DIALAI_LLM=$(ENGINES) DIALAI_TTS=$(ENGINES)))

.PHONY: setup run call test test-quick test-calls test-pages check bench format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "DialAI needs Python 3.11 or newer on the PATH."; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV) || { echo "Python's venv module is missing: on Debian, install python3-venv."; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(STAMP)
	@DIALAI_DEV=$${DIALAI_DEV-1} $(BIN)/dialai serve

call: $(STAMP)
	@$(WITH) $(BIN)/dialai call $(FLOW) $(if $(CALLER),--caller $(CALLER))

test: $(if $(TESTS),$(STAMP),test-quick test-calls test-pages)
	$(if $(TESTS),$(BIN)/python -m pytest $(TESTS))

test-quick: $(STAMP)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(patsubst %,--ignore=%,$(CALLS) $(PAGES))

test-calls: $(STAMP)
	$(BIN)/python -m pytest $(CALLS)

test-pages: $(STAMP)
	$(BIN)/python -m pytest $(PAGES)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dialai flows check

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	@$(BIN)/python -m tests.bench$(if $(PART), --part $(PART))

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
