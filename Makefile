# Every command sets up what it needs by itself, from PyPI and npm alone; see CONTRIBUTING.md.
# The names here are fixed: people script against them.
SHELL := /bin/sh
PORT ?= 8080
STATE ?= .local
STAGE ?= dev
export PYTHONPATH := $(CURDIR):$(CURDIR)/layers/core/python
export PYTHONDONTWRITEBYTECODE := 1
# A CA bundle named for other tools must not reach clients of the local platform.
unexport AWS_CA_BUNDLE REQUESTS_CA_BUNDLE
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup web openapi up test prove check fix synth deploy smoke bench clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: ## .venv from requirements.lock (every other command does this first)
	@tools/bootstrap

web: setup ## build the web app into web/dist, if its sources changed
	@$(PYTHON) -m tools.web

openapi: setup ## write docs/openapi.json and docs/problems.md from the code
	@$(PYTHON) -m tools.openapi
	@$(PYTHON) -m tools.problems

# `exec`: make's shell becomes the supervisor, so that a signal for either reaches it.
up: setup ## the whole platform on this machine: PORT, STATE, LIBRARY=dir, COUNTRY=DE, RESET=1
	@exec $(PYTHON) -m local.up --port "$(PORT)" --state "$(STATE)" $(if $(LIBRARY),--library "$(LIBRARY)") $(if $(COUNTRY),--country "$(COUNTRY)") $(if $(RESET),--reset)

test: setup web ## every test, browser journeys included
	@$(PYTHON) -m tools.chromium
	@$(PYTHON) -m tools.web test
	@$(PYTHON) -m pytest --numprocesses 2 $(ARGS)

prove: setup web ## the proofs at full size
	@$(PYTHON) -m tools.chromium
	@LEGATO_PROVE=1 $(PYTHON) -m pytest -m proof $(ARGS)

check: setup ## lint, types, import rules, generated files current
	@$(PYTHON) -m tools.check

fix: setup ## format, and mend what the linter can
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet .

synth: setup web ## CloudFormation templates into cdk.out
	@$(PYTHON) app.py

deploy: setup web ## every stack, into the account of the current AWS credentials: STAGE=dev
	@$(PYTHON) -m tools.node npx --yes "aws-cdk@^2.1148.0" deploy --all --require-approval never -c stage=$(STAGE)

smoke: setup ## walk the listener's path against a running platform: URL=https://… EMAIL=… PASSWORD=…
	@EMAIL="$(EMAIL)" PASSWORD="$(PASSWORD)" $(PYTHON) -m tools.smoke "$(URL)"

bench: setup ## every benchmark, or ONLY=name
	@$(PYTHON) -m bench $(ONLY)

clean: ## forget everything generated, local state included
	@rm -rf .venv .cache .local cdk.out web/dist web/node_modules
