# `make` alone says what there is. Every target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVICES := registration listings matching notifications
OWN := shared $(SERVICES:%=services/%) deploy/local deploy/demo
UV := $(BIN)/uv
# Compiled code is kept: without, every start of a service compiles all of its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/ready ## the virtual environment with all that is needed
$(VENV)/ready: locks/dev.txt locks/peers.txt $(OWN:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r <(sed -n '/^uv==/,/[^\\]$$/p' locks/dev.txt)
	@$(UV) pip sync --quiet --require-hashes --python $(BIN)/python locks/dev.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python $(OWN:%=-e %)
	@$(UV) pip install --quiet --require-hashes --no-deps --python $(BIN)/python --target $(VENV)/peers -r locks/peers.txt
	@$(BIN)/python -m matching.engine.warm_up
	@touch $@

demo: setup ## a real conference through the four services: from attendance to mails, in a minute
	@$(BIN)/python -m demo

up: setup ## servers and services in the background, until `make down`
	@$(BIN)/python -m local_stack up --services

down: setup ## stop them; their data stays
	@$(BIN)/python -m local_stack down

check: setup ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet . | head -40; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: setup ## all tests but the long proofs
	@$(BIN)/pytest -n 4 --dist worksteal -m "not proof"

fuzz: setup ## the tests of properties with thousands of new examples each, in some minutes
	@$(BIN)/pytest -n 2 -m hypothesis --hypothesis-profile=fuzz tests/unit

proof: setup ## the long proofs: kill -9 of services and database, the negative control, each service installed alone
	@$(BIN)/pytest -m proof -s

mail-preview: setup ## every mail with sample data in each language, as files in .local/mails
	@$(BIN)/python -m notifications.mail.preview --mails .local/mails

embeddings: setup ## the extra `embeddings` of matching into the environment, and its tests (until the next set-up)
	@$(UV) pip install --quiet --require-hashes --python $(BIN)/python -r locks/matching-embeddings.txt
	@$(BIN)/pytest tests/unit/matching/engine/vocabulary

bench: setup ## figures, one JSON line each; ONLY=name for one of them
	@cd tests && ../$(BIN)/python -m bench $(ONLY)

contracts: setup ## JSON Schemas, examples and AsyncAPI documents in shared/contract, from the models
	@$(BIN)/python -m shared.contract.files write shared/contract

docs-reference: setup ## settings, metrics and OpenAPI documents in docs, from the code
	@$(BIN)/python docs/reference.py

docs: $(VENV)/docs/ready ## the documentation as a site, in .local/docs/site
	@$(BIN)/python docs/site_pages.py
	@PYTHONPATH=$(VENV)/docs $(BIN)/python -m zensical build --clean --strict
	@echo "Open .local/docs/site/index.html"
$(VENV)/docs/ready: locks/docs.txt $(VENV)/ready
	@$(UV) pip install --quiet --require-hashes --no-deps --python $(BIN)/python --target $(VENV)/docs -r locks/docs.txt
	@touch $@

release-contracts: setup ## keep them as those of a release: from now on, what is not compatible with them is refused
	@$(BIN)/python -m shared.contract.files release shared/contract

dead-letters: setup ## what could not be applied, and why; SHOW=, REPLAY= or DISCARD= topic/partition/offset,... or '["source", "id"]'
	@$(BIN)/python -m shared.messaging.dead_letters $(if $(SHOW),show '$(SHOW)',$(if $(DISCARD),discard '$(DISCARD)',$(if $(REPLAY),replay '$(REPLAY)',list)))

lock: setup ## renew the hashed requirements in locks/
	@for service in $(SERVICES); do \
	  $(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --no-emit-package opportunity-desk-shared services/$$service/pyproject.toml -o locks/$$service.txt || exit 1; done
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --no-emit-package opportunity-desk-shared --extra embeddings services/matching/pyproject.toml -o locks/matching-embeddings.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --group build -o locks/build.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --group peers --no-deps -o locks/peers.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --group docs -o locks/docs.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    $(foreach name,opportunity-desk-shared $(SERVICES:%=opportunity-desk-%) local-stack opportunity-desk-demo,--no-emit-package $(name)) \
	    $(OWN:%=%/pyproject.toml) --group dev -o locks/dev.txt

.PHONY: help setup demo up down check test fuzz proof mail-preview embeddings bench contracts docs docs-reference release-contracts dead-letters lock
