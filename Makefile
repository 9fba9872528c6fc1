# Wellhead. `make` lists the targets; `make demo` and `make test` need nothing before them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
PY := $(VENV)/bin/python
STEP := tools/step
TEST_SOURCES := $(shell find tests/forge -type d -o -name '*.sol' 2>/dev/null)
SOURCES := $(shell find contracts -type d -o -name '*.sol' 2>/dev/null) # folders too: their time tells of a deleted file

# Set-up uses the caller's own HOME (a mirror configured there is wanted). Whatever runs afterwards does not: brownie and
# forge keep their state under build/home, so that a clean machine and a much used one behave the same.
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/build/solc
RUN := env -u PYTHONDONTWRITEBYTECODE HOME=$(CURDIR)/build/home

.PHONY: help setup browser-there demo test test-unit test-contracts test-e2e test-ganache chaos chaos-nightly coverage gas bench dapp dapp-build dapp-unit dapp-test dapp-size indexer lint fmt clean

help: ## this list
	@printf '\n  Wellhead: tokenised GPU compute\n\n'
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' \
	  | awk -F '\t' '{ printf "  make %-15s %s\n", $$1, $$2 }'
	@printf '\n'

##
## Set-up: each step leaves a stamp and runs again only when what it was made from has changed.
##

PYTHON_STAMP := $(VENV)/.installed
SERVICE_STAMP := $(VENV)/.installed-service
NODE_STAMP := node_modules/.installed
DAPP_STAMP := dapp/node_modules/.installed
INDEXER_STAMP := indexer/node_modules/.installed
SOLC_STAMP := build/solc/.linked
COMPILE_STAMP := build/.compiled
TESTS_STAMP := build/.compiled-tests
ASKING := .venv-schemathesis
ASKING_STAMP := $(ASKING)/.installed

setup: $(PYTHON_STAMP) $(SERVICE_STAMP) $(NODE_STAMP) $(DAPP_STAMP) $(INDEXER_STAMP) $(SOLC_STAMP) $(COMPILE_STAMP) ## install and compile everything (the others do it by themselves)
	@:

$(PYTHON_STAMP): requirements.lock
	@python=$$(tools/check)
	if ! $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	  $(STEP) "Creating .venv with $$python" venv "$$python" -m venv --clear $(VENV)
	fi
	$(STEP) "Installing Python packages" pip $(PY) -m pip install --disable-pip-version-check --no-input --no-deps -r requirements.lock
	touch $@

$(SERVICE_STAMP): pyproject.toml $(PYTHON_STAMP)
	@$(STEP) "Installing the wellhead command" pip-service $(PY) -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	touch $@

$(NODE_STAMP): package.json package-lock.json
	@tools/check >/dev/null
	$(STEP) "Installing Node packages" npm npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(DAPP_STAMP): dapp/package.json dapp/package-lock.json
	@tools/check >/dev/null
	$(STEP) "Installing the dApp's packages" npm-dapp npm --prefix dapp ci --ignore-scripts --no-audit --no-fund
	touch $@

$(INDEXER_STAMP): indexer/package.json indexer/package-lock.json
	@tools/check >/dev/null
	$(STEP) "Installing the indexer's packages" npm-indexer npm --prefix indexer ci --ignore-scripts --no-audit --no-fund
	touch $@

# Schemathesis in an environment of its own: brownie needs an older hypothesis than it does.
$(ASKING_STAMP): tools/schemathesis.lock
	@python=$$(tools/check)
	"$$python" -m venv --clear $(ASKING)
	$(STEP) "Installing Schemathesis" schemathesis $(ASKING)/bin/python -m pip install --disable-pip-version-check --no-input --no-deps -r tools/schemathesis.lock
	touch $@

# tools/solc under the name that py-solc-x, and so brownie, looks for in SOLCX_BINARY_PATH.
$(SOLC_STAMP): $(NODE_STAMP)
	@rm -rf $(@D) && mkdir -p $(@D)
	ln -s ../../tools/solc "$(@D)/solc-v$$(node -p 'require("./node_modules/solc/package.json").version')"
	touch $@

$(COMPILE_STAMP): $(SOURCES) foundry.toml brownie-config.yaml tools/solc tools/compile $(PYTHON_STAMP) $(SOLC_STAMP)
	@$(STEP) "Compiling the contracts" compile $(RUN) tools/compile
	touch $@

$(TESTS_STAMP): $(COMPILE_STAMP) $(TEST_SOURCES)
	@$(STEP) "Compiling their tests" compile-tests $(RUN) forge build
	touch $@

##
## The main job and the tests
##

demo: setup $(if $(SERVE),dapp-build) ## 48 hours of two GPU fleets on a local chain: build/demo/report.html; SERVE=1 keeps it up, with the page
	@$(RUN) $(PY) scripts/demo.py $(if $(SERVE),--serve)

test: browser-there setup ## every test
	@# The compiler of the contracts' tests takes two minutes of one core: what does not need it goes beside it.
	$(MAKE) -j 2 $(TESTS_STAMP) dapp-unit test-ganache test-unit
	$(MAKE) test-e2e
	@# A minute goes by before the browser's world stands: the contracts' tests take the time that it leaves.
	$(MAKE) -j 2 dapp-test test-contracts

# Tests wait half of their time, for blocks, timers and disks: two workers a core.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 2)))

test-unit: setup ## the service: unit, property and differential tests
	@$(RUN) $(PY) -m pytest -n $(WORKERS) --dist worksteal tests/unit

test-contracts: setup $(TESTS_STAMP) ## the contracts: forge unit, fuzz and invariant tests
	@$(RUN) nice -n 19 forge test

test-e2e: setup $(ASKING_STAMP) ## real processes on Anvil
	@$(RUN) $(PY) -m pytest -n $(WORKERS) --dist loadgroup tests/e2e

# What chaos strikes is timing: a worker a core.
chaos: setup ## a handful of the faults a node must survive, struck on live nodes; CHAOS="--chaos-all" for each of them
	@$(RUN) $(PY) -m pytest -n 2 --dist loadfile tests/chaos $(CHAOS)

chaos-nightly: setup ## each of them thirty times, and 200 epochs of a random schedule: ten hours or so
	@$(RUN) $(PY) -m pytest -n 2 --dist loadfile tests/chaos --chaos-all --chaos-runs 30 --chaos-epochs 200

test-ganache: setup ## deploy to claim on Ganache
	@$(RUN) $(PY) -m pytest tests/contracts

coverage: setup $(ASKING_STAMP) ## the branches of oracle/ that unit and e2e tests take, in processes too: 90 % at least
	@rm -rf build/coverage
	$(RUN) $(PY) -m pytest -n $(WORKERS) --cov --cov-report=term:skip-covered --cov-fail-under=90 tests/unit tests/e2e

gas: setup $(TESTS_STAMP) ## gas of each operation beside its ceiling, kept in tests/forge/gas/snapshot.json
	@$(RUN) FORGE_SNAPSHOT_EMIT=true forge test --match-contract GasTest -vv | grep -E '^  \||FAIL|Error'

bench: setup ## this machine against the stated floors: speed, memory, gas
	@$(RUN) $(VENV)/bin/wellhead bench

##
## The dApp: a static page in build/dapp
##

PAGE := build/dapp/index.html
PAGE_SOURCES := $(shell find dapp/src dapp/public dapp/tools dapp/index.html dapp/vite.config.ts 2>/dev/null)
CHROMIUM ?= /usr/bin/chromium

dapp: setup ## the dApp for development, on 127.0.0.1:5173; WELLHEAD_CONFIG=FILE is the config.json it gets, by default the demo's
	@cd dapp && WELLHEAD_CONFIG="$(abspath $(or $(WELLHEAD_CONFIG),build/demo/config.json))" npx vite

dapp-build: setup $(PAGE) ## the dApp as static files: build/dapp
	@:

$(PAGE): $(DAPP_STAMP) $(PAGE_SOURCES)
	@$(STEP) "Building the dApp" dapp npm --prefix dapp run --silent build

dapp-unit: setup ## the dApp's unit and property tests
	@cd dapp && npx vitest run

dapp-test: browser-there dapp-build ## the dApp in a browser, on a live chain with nodes; PICTURES=1 instead renews those of docs/images
	@$(RUN) CHROMIUM=$(CHROMIUM) $(if $(PICTURES),PICTURES=1) npm --prefix dapp run --silent test:browser$(if $(PICTURES), -- --project=pictures)

# Asked first: to learn of it after a quarter of an hour of other tests would be late.
browser-there:
	@test -x "$(CHROMIUM)" || { echo "Chromium is needed, and is not at $(CHROMIUM): apt-get install chromium, or make $(MAKECMDGOALS) CHROMIUM=/path/to/it" >&2; exit 1; }

dapp-size: browser-there dapp-build ## the dApp's weight, and its speed and accessibility by Lighthouse, against their budgets
	@node dapp/tools/size.mjs
	$(RUN) CHROMIUM=$(CHROMIUM) node dapp/tools/lighthouse.mjs

indexer: setup ## the indexer, on 127.0.0.1:42069; WELLHEAD_CONFIG=FILE is the page's config.json, by default the demo's
	@$(if $(WELLHEAD_CONFIG),WELLHEAD_CONFIG="$(abspath $(WELLHEAD_CONFIG))") exec indexer/run

##
## Style
##

lint: setup ## ruff, mypy, tsc, shipped ABIs and vectors, forge fmt, compiler warnings, solhint, the image's Dockerfile
	@$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) tools/abi.py --check
	$(PY) tools/dapp_abi.py --check
	$(PY) tools/dapp_vectors.py --check
	cd dapp && npx tsc --noEmit
	cd ..
	npm --prefix indexer run --silent check
	$(RUN) forge fmt --check
	FOUNDRY_PROFILE=strict $(STEP) "Compiling with warnings denied" strict $(RUN) forge build contracts
	$(VENV)/bin/hadolint --failure-threshold style deploy/Dockerfile
	solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol'
	echo "lint: clean"

fmt: setup ## let ruff and forge lay the code out
	@$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .
	$(RUN) forge fmt

clean: ## remove what was built, keep what was installed
	@rm -rf build *.egg-info
