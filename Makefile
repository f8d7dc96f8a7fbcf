# The one door: set-up, demo, tests, checks. Every target does the set-up that it needs, and only what is stale.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint check bench faults train clean preflight preflight-python

PY := .venv/bin/python
JARS := .kafka/libs/.fetched
# What is missing on the machine is named before anything is installed: `preflight` stands first.
ALL := preflight .venv/.package $(JARS)

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ALL) ## make .venv, install the pinned dependencies and Plumbline in it, fetch Kafka's jars

demo: ## the whole system on this machine with generated traffic; prints the page's address (Ctrl-C stops it)
	@scripts/demo

test: ## the whole suite: unit tests, the project itself, then the real broker and engine
	@scripts/test

lint: .venv/.package ## style and mistakes
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

check: lint test ## what CI checks

bench: $(ALL) ## throughput and latency beside a stock Faust agent
	$(PY) -m bench

faults: $(ALL) ## kill parts at random moments, then count what was lost, doubled or drifted
	$(PY) -m faults

train: .venv/.package ## train the text classifier from the corpus
	$(PY) -m train

clean: ## remove what set-up and builds made; the data in .plumbline stays
	rm -rf .venv .kafka build dist target .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

preflight:
	@scripts/preflight python java maven

preflight-python:
	@scripts/preflight python

$(PY): | preflight-python
	$$(scripts/find-python) -m venv --clear .venv

.venv/.requirements: requirements.txt $(PY)
	$(PY) -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

.venv/.package: pyproject.toml hatch_build.py streams/policy/loops/kernel.c .venv/.requirements
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(JARS): pom.xml | preflight
	rm -rf $(@D)
	mvn --quiet --batch-mode dependency:copy-dependencies
	@touch $@
