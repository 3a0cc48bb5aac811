# Everything the project needs lives in .venv; the targets bring what is missing and repeat nothing.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready
# a third of the time, tests wait for processes that they have started
JOBS ?= $(shell $(PYTHON) -c 'import os; print(max(2, (os.cpu_count() or 1) * 3 // 2))')
# without compiled modules every command would read the AWS provider's source anew
unexport PYTHONDONTWRITEBYTECODE

# uv can do nothing without a cache; where the home folder cannot be written, it is here
ifndef UV_CACHE_DIR
UV_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/uv
ifneq (writable,$(shell mkdir -p '$(UV_CACHE)' 2>/dev/null && test -w '$(UV_CACHE)' && echo writable))
export UV_CACHE_DIR := $(CURDIR)/.myelin/uv
endif
endif

.DEFAULT_GOAL := help
.PHONY: help setup up down test test-long test-costly test-versions test-package coverage test-fast oracle mutants check format lock base-digest bench bench-governance clean sast list-services image-tags notify rehearse-deploy deploy-aws github-rules actionlint

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(READY) ## Make .venv with everything in it

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed, $$($(PYTHON) --version) was found; give PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(READY): $(VENV)/.uv requirements.lock pyproject.toml
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python --editable .
	@touch $@

up: $(READY) ## Deploy the sandbox, then show a call that is allowed and one that is denied
	@$(BIN)/myelin up sandbox --yes
	@echo; echo '$$ myelin dispatch reason'; $(BIN)/myelin dispatch reason
	@echo; echo '$$ myelin dispatch erase'; $(BIN)/myelin dispatch erase; code=$$?; [ $$code -eq 5 ] || exit 1
	@echo; echo "The command is $(BIN)/myelin; \`make down\` ends the sandbox."

down: $(READY) ## End the sandbox and everything in it
	@$(BIN)/myelin down --yes

test: $(READY) ## Run all tests but the costly ones, and those of the documents, which make check runs
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --ignore tests/documents

test-long: export MYELIN_TEST_EFFORT = 20
test-long: export PYTEST_TIMEOUT = 3600
test-long: test test-package ## Run all tests, with twenty times the examples in property-based ones, and test-package

test-costly: export MYELIN_TEST_COSTLY = 1
test-costly: $(READY) ## Run the tests that make test leaves out: they take long, or need a sandbox of their own
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m costly

test-versions: $(READY) ## Run the tests of services and Lambda functions on each other Python, 3.11 to 3.13, that is here
	@JOBS=$(JOBS) .ci/test-versions

test-package: $(READY) ## Build myelin-check, and install and run it in an empty environment; needs the package index
	@PYTHON=$(PYTHON) .ci/test-package

# end-to-end tests look at processes of their own, in which nothing is counted; counting takes as long as half the tests
coverage: $(READY) ## Run the tests that work in their own process, and count the lines that they come to
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --ignore tests/end_to_end \
	  --cov --cov-report=term:skip-covered --cov-fail-under=85

test-fast: $(READY) ## Run the tests that start no sandbox
	$(BIN)/python -m pytest -n $(JOBS) -m 'not sandbox'

oracle: $(READY) ## Install the outside oracle of permissions into .venv; needs npm (it is AGPL: tests run it, nothing links it)
	mkdir -p $(VENV)/oracle
	cp tests/support/iam/oracle/package.json tests/support/iam/oracle/package-lock.json $(VENV)/oracle/
	npm ci --prefix $(VENV)/oracle --no-audit --no-fund

mutants: $(READY) ## Change pure modules at random, and list the changes that no test notices; ONLY=FOLDER bounds it
	$(BIN)/python -m tests.mutants --only '$(ONLY)'

check: $(READY) ## Format, lint, types, import contract, resources of all stacks, documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/hadolint services/Dockerfile
	$(BIN)/checkov --directory services --framework dockerfile --quiet --compact --skip-download
	$(BIN)/myelin check --exit-code
	$(BIN)/python -m pytest -q -n0 tests/documents

sast: $(READY) ## Look for unsafe code; writes what is found to sast.sarif
	$(BIN)/ruff check --output-format sarif --output-file sast.sarif .

actionlint: $(VENV)/.uv ## Install actionlint into .venv, by which tests then judge the workflows, too; needs go
	GOBIN=$(CURDIR)/$(BIN) go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

list-services: ## Print the declared services for a workflow
	@.ci/list-services

image-tags: ## Print the tags of REPOSITORY's image for a workflow
	@.ci/image-tags

notify: ## Post WHAT to WEBHOOK
	@.ci/notify

rehearse-deploy: $(READY) ## Go the deploy workflow's way in the sandbox, and leave it up
	$(BIN)/myelin validate
	$(BIN)/myelin preview
	$(BIN)/myelin up --yes
	$(BIN)/myelin status
	$(BIN)/myelin dispatch reason
	$(BIN)/myelin release status
	$(BIN)/myelin diff --live --exit-code

deploy-aws: $(READY) ## Deploy ENVIRONMENT to AWS, layer after layer; needs pulumi and credentials
	@: $${ENVIRONMENT:?the environment, as dev}
	for layer in foundation platform workloads; do pulumi up --yes --stack "$$ENVIRONMENT-$$layer" || exit 1; done

github-rules: ## Make the rules in .github those of REPOSITORY on GitHub; DRY_RUN=1 only prints the calls; needs gh
	@.ci/apply-rules

format: $(READY) ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock"
base-digest: ## Pin the base image of the services by its digest; needs docker and its registry
	@.ci/base-digest services/Dockerfile

lock: $(VENV)/.uv ## Resolve the dependencies anew
	$(LOCK) --group dev pyproject.toml --output-file requirements.lock
	$(LOCK) --constraint requirements.lock services/requirements.in --output-file services/requirements.lock
	$(LOCK) --constraint requirements.lock lambdas/governance/requirements.in --output-file lambdas/governance/requirements.lock
	$(LOCK) --constraint requirements.lock lambdas/rotation/requirements.in --output-file lambdas/rotation/requirements.lock
	$(LOCK) --constraint requirements.lock lambdas/rollout/requirements.in --output-file lambdas/rollout/requirements.lock

bench: $(READY) ## Measure; writes nothing, see docs/performance.md
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.load --prove 20000
	$(BIN)/python -m tests.benchmarks.scale

bench-governance: $(READY) ## Measure decisions against other engines, publishing and memory
	$(BIN)/python -m tests.benchmarks.governance

clean: ## Delete what was built; the sandbox has to be down
	rm -rf $(VENV) $(VENV)-* .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*
