# Run `make` to list all targets. Every target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHARTS := $(VENV)/charts
SERVICES := registration listings matching notifications
OWN := shared $(SERVICES:%=services/%) deploy/local deploy/demo
UV := $(BIN)/uv
PYTEST := $(BIN)/pytest -n 4 --dist worksteal -m "not proof and not kubernetes and not upgrade"
FLOW := tests/e2e/test_flow.py
# Keep compiled code: without it, every start of a service compiles all of its libraries again.
unexport PYTHONDONTWRITEBYTECODE

help: ## list all targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(VENV)/ready ## create the virtual environment
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

demo: setup ## run a real conference through the four services, from attendance to a hire
	@$(BIN)/python -m demo

up: setup ## start servers and services in the background
	@$(BIN)/python -m local_stack up --services

down: setup ## stop them; their data stays
	@$(BIN)/python -m local_stack down

check: setup $(CHARTS)/ready ## check formatting, lint, types, import contracts, and the charts
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet . | head -40; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHONPATH=$(CHARTS) $(BIN)/python -m yamllint --strict -c deploy/kubernetes/yamllint.yaml deploy
	@$(BIN)/python deploy/kubernetes/chart_tools.py hadolint deploy/Dockerfile
	@for service in $(SERVICES); do $(BIN)/python deploy/kubernetes/chart_tools.py helm lint --strict --quiet \
	  deploy/kubernetes/opportunity-desk-service -f deploy/kubernetes/examples/common.yaml -f deploy/kubernetes/examples/$$service.yaml || exit 1; done
	@$(BIN)/python deploy/kubernetes/chart_tools.py helm lint --strict --quiet deploy/kubernetes/opportunity-desk-platform \
	  -f deploy/kubernetes/examples/platform.yaml
$(CHARTS)/ready: locks/charts.txt $(VENV)/ready
	@$(UV) pip install --quiet --require-hashes --no-deps --python $(BIN)/python --target $(CHARTS) -r locks/charts.txt
	@$(BIN)/python deploy/kubernetes/chart_tools.py
	@touch $@

test: setup $(CHARTS)/ready ## run the unit tests, and an attendance event's way to the mail through all services; takes five minutes
	@$(PYTEST) tests/unit $(FLOW)

integration: setup $(CHARTS)/ready ## run the tests on real servers: of each room, of pages in a browser, of whole flows; takes half an hour
	@$(PYTEST) tests/integration tests/e2e --deselect $(FLOW)

fuzz: setup ## try new examples in each property-based test, mostly 2,000; takes 15 minutes of processor time, on two cores
	@$(BIN)/pytest -n 2 --dist worksteal -m hypothesis --hypothesis-profile=fuzz tests/unit

proof: setup ## run the long proofs: kill -9 of services and database, a negative control, each service installed alone
	@$(BIN)/pytest -n 2 --dist worksteal -m "proof and not alone" -raP
	@$(BIN)/pytest -m "proof and alone" -raP

upgrade: setup ## run the last release and this code side by side: upgrade, roll back and upgrade again under load; takes 4 minutes
	@$(BIN)/pytest -m upgrade -raP tests/e2e

kubernetes: setup $(CHARTS)/ready ## install the charts on the cluster of KUBECONFIG, in a namespace of their own, and try what may happen to them
	@$(BIN)/pytest -m kubernetes -x tests/kubernetes

mail-preview: setup ## write every mail with sample data, in each language, to .local/mails
	@$(BIN)/python -m notifications.mail.preview --mails .local/mails

embeddings: setup ## install matching's extra `embeddings` (until the next set-up) and run its tests
	@$(UV) pip install --quiet --require-hashes --python $(BIN)/python -r locks/matching-embeddings.txt
	@$(BIN)/pytest tests/unit/matching/engine/vocabulary

bench: setup ## run all benchmarks, one JSON line each; ONLY=name runs one
	@cd tests && ../$(BIN)/python -m bench $(ONLY)

contracts: setup ## write JSON Schemas, examples, AsyncAPI documents, the Caddyfile and a chart's tables, from the models and tables
	@$(BIN)/python -m shared.contract.files write shared/contract
	@$(BIN)/python -m shared.contract.caddyfile > deploy/compose/Caddyfile
	@$(BIN)/python -m shared.contract.kubernetes > deploy/kubernetes/opportunity-desk-platform/files/contract.json

charts: setup ## write schemas and READMEs of the charts, from their values, the tables and the code
	@$(BIN)/python deploy/kubernetes/charts.py

docs-reference: setup ## write settings, metrics and OpenAPI documents to docs, from the code
	@$(BIN)/python docs/reference.py

docs: $(VENV)/docs/ready ## build the documentation site in .local/docs/site; warnings are errors
	@$(BIN)/python docs/site_pages.py
	@PYTHONPATH=$(VENV)/docs $(BIN)/python -m zensical build --clean --strict
	@echo "Open .local/docs/site/index.html. Search needs a server: python3 -m http.server --bind 127.0.0.1 --directory .local/docs/site 8000"
$(VENV)/docs/ready: locks/docs.txt $(VENV)/ready
	@$(UV) pip install --quiet --require-hashes --no-deps --python $(BIN)/python --target $(VENV)/docs -r locks/docs.txt
	@touch $@

release-contracts: setup ## save the schemas as released: later changes must be compatible with them
	@$(BIN)/python -m shared.contract.files release shared/contract

release: setup $(CHARTS)/ready $(VENV)/release/ready ## make a release ready: VERSION=0.2.0; changes files, and writes .local/release
	@[ -n "$(VERSION)" ] || { echo "Name the version: make release VERSION=0.2.0"; exit 2; }
	@$(BIN)/python deploy/release/make_ready.py $(VERSION)
	@$(MAKE) --no-print-directory release-contracts contracts docs-reference charts
	@$(MAKE) --no-print-directory release-files VERSION=$(VERSION)
	@echo "See git diff, commit it, tag it v$(VERSION), and publish it with deploy/release/publish.sh (docs/release.md)."

release-files: setup $(CHARTS)/ready $(VENV)/release/ready ## write the charts and bills of materials of VERSION to .local/release
	@PYTHONPATH=$(VENV)/release $(BIN)/python deploy/release/make_ready.py $(VERSION) --pack
$(VENV)/release/ready: locks/release.txt $(VENV)/ready
	@$(UV) pip install --quiet --require-hashes --no-deps --python $(BIN)/python --target $(VENV)/release -r locks/release.txt
	@touch $@

dead-letters: setup ## list the events that could not be applied; SHOW=, REPLAY= or DISCARD= topic/partition/offset,... or '["source", "id"]'
	@# Without KAFKA_BOOTSTRAP_SERVERS, those of the local stack, which may have ports of its own.
	@[ -n "$$KAFKA_BOOTSTRAP_SERVERS" ] || eval "$$($(BIN)/python -m local_stack env 2>/dev/null)"; \
	  $(BIN)/python -m shared.messaging.dead_letters $(if $(SHOW),show '$(SHOW)',$(if $(DISCARD),discard '$(DISCARD)',$(if $(REPLAY),replay '$(REPLAY)',list)))

lock: setup ## update the hashed requirements in locks/
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
	    --group charts --no-deps -o locks/charts.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    --group release -o locks/release.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --upgrade \
	    $(foreach name,opportunity-desk-shared $(SERVICES:%=opportunity-desk-%) local-stack opportunity-desk-demo,--no-emit-package $(name)) \
	    $(OWN:%=%/pyproject.toml) --group dev -o locks/dev.txt

.PHONY: help setup demo up down check test integration fuzz proof upgrade mail-preview embeddings bench contracts docs docs-reference release release-contracts release-files dead-letters charts kubernetes lock
