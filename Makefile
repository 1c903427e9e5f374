# Every target does its own set-up; `make demo` and `make test` are all that a new machine needs.
PY := .venv/bin/python
PACKAGES := bot monitor purchasing config sandbox tests docs
# A checkout to be counted beside this one: make shape BEFORE=../before
BEFORE :=
# What happens in the practice world: make demo SCENARIO=drop
SCENARIO := demo
# Some of the figures, by their names: make bench ONLY="crowd alert"
ONLY :=

# How long everything fails around the service: make soak MINUTES=5
MINUTES := 30

.PHONY: setup demo test check bench docs texts shape torture soak install-test sbom lock format clean

setup: .venv/ready

.venv/ready: requirements-dev.lock pyproject.toml setup.sh
	sh setup.sh
	touch $@

demo: setup
	$(PY) -m bot demo --scenario $(SCENARIO)

test: check
	$(PY) -m pytest -n 4 --dist loadgroup

check: setup
	$(PY) -m ruff format --check $(PACKAGES)
	$(PY) -m ruff check $(PACKAGES)
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	$(PY) -m docs.diagrams --check
	$(PY) -m docs.tables --check
	$(PY) -m docs.shape --check

bench: setup
	$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY))

torture: setup
	$(PY) -m tests.torture
	$(PY) -m tests.torture.day
	$(PY) -m pytest -n 2 --dist loadgroup --all-troubles -m "browser or torture" tests/browser
	$(PY) -m pytest -n 2 -m torture --ignore tests/browser

# As root: the documents' steps and the Dockerfile's, from nothing, in roots made by debootstrap.
install-test: setup
	$(PY) -m tests.install

sbom: setup
	mkdir -p dist
	$(PY) -m docs.sbom > dist/sbom.json

soak: setup
	$(PY) -m tests.torture.soak --minutes $(MINUTES)

format: setup
	$(PY) -m ruff format $(PACKAGES)
	$(PY) -m ruff check --fix $(PACKAGES)

texts: setup
	$(PY) -m tests.texts

docs: setup
	$(PY) -m docs.diagrams
	$(PY) -m docs.tables

shape: setup
	$(PY) -m docs.shape $(if $(BEFORE),--before $(BEFORE))

lock: setup
	.venv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate --extra charts \
	    -o requirements.lock pyproject.toml
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate --extra charts --extra dev -c requirements.lock \
	    -o requirements-dev.lock pyproject.toml
	echo hatchling | .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --no-annotate -c requirements-dev.lock -o requirements-build.lock -

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
