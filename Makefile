# The one door: set-up, demo, tests, checks. Every target does the set-up that it needs, and only what is stale.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint check pythons sbom audit manifests bench faults train clean preflight preflight-python

PY := .venv/bin/python
JARS := .kafka/libs/.fetched
TOOLS := build/tools/.installed
# What is missing on the machine is named before anything is installed: `preflight` stands first.
ALL := preflight .venv/.package $(JARS)

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ALL) ## make .venv, install the pinned dependencies and Plumbline in it, fetch Kafka's jars

demo: ## the whole system on this machine with generated traffic; prints the page's address (Ctrl-C stops it)
	@scripts/demo

test: ## the whole suite: unit tests, the project itself, then the real broker and engine
	@scripts/test

lint: .venv/.package ## style and mistakes
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

check: lint test ## what CI checks

pythons: ## tests/unit in fresh environments of Python 3.11, 3.12 and 3.13, as far as they are on this machine
	@scripts/pythons

sbom: $(ALL) $(TOOLS) ## what Plumbline is made of, as CycloneDX JSON in build/sbom.json
	$(PY) scripts/sbom

audit: $(TOOLS) ## known vulnerabilities of the pinned dependencies (asks a service on the network; exit status 5 if none answers)
	@build/tools/bin/python scripts/audit

manifests: $(TOOLS) ## deploy/kubernetes against the published schemas of Kubernetes
	build/tools/bin/kubernetes-validate --strict deploy/kubernetes/*.yaml

bench: $(ALL) ## throughput and latency beside a stock Faust agent, Bytewax, Quix Streams, PyFlink and aiokafka
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

$(TOOLS): scripts/tools/requirements.txt | preflight-python
	$$(scripts/find-python) -m venv --clear build/tools
	build/tools/bin/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

.venv/.package: pyproject.toml hatch_build.py streams/policy/loops/kernel.c .venv/.requirements
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(JARS): pom.xml | preflight
	rm -rf $(@D)
	mvn --quiet --batch-mode dependency:copy-dependencies
	@touch $@
