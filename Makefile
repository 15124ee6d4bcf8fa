# Neural Networks, Built Twice. `make` lists what can be done.
# Needs git, make and Python >= 3.11; with npm, the built book loads nothing from other hosts.

PYTHON ?= python3
BIN := .venv/bin
NPM := $(shell command -v npm)
VENDOR := thirdparty/vendor
FONTS := source-serif-4 source-sans-3 source-code-pro
SOURCES := $(shell find chapters _ext _static _templates -not -path '*/.*' -not -path '*/__pycache__*') \
	$(shell find nnlib -name '*.py') _config.yml _toc.yml
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg
# Two workers with one thread each: threads beyond the cores only wait for one another.
# -rfEs names what failed and what was skipped.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -rfEs

.PHONY: help book test check lint lab run figures text sync test-portable bench clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

book: _build/.done ## build the book into _build/html, warnings as errors
	@echo "open $(CURDIR)/_build/html/index.html"

test: lint book ## everything: lint, book, unit, parity and browser tests, stored outputs
	$(PYTEST) $(NBVAL) tests chapters

check: lint ## lint and the tests that take under a minute
	$(PYTEST) -m "not browser" tests

lint: .venv/.done
	$(BIN)/ruff check
	$(BIN)/ruff format --check

lab: .venv/.done ## open the chapters in JupyterLab
	$(BIN)/jupyter lab chapters

run: .venv/.done ## execute the chapters and store their outputs
	$(BIN)/python tools/notebooks.py run

figures: .venv/.done ## draw the figures of pages that are not notebooks
	$(BIN)/python tools/figures.py

text: .venv/.done ## mirror the notebooks as Markdown into _text/
	$(BIN)/python tools/notebooks.py text

sync: .venv/.done ## write edits in _text/ back into the notebooks
	$(BIN)/python tools/notebooks.py sync

# KIND names one or several kinds of tools/portable.py; without it, all of them run.
test-portable: .venv/.done ## re-execute the chapters as other kinds of machine would, and compare
	$(BIN)/python tools/portable.py $(addprefix --kind ,$(KIND))

bench: .venv/.done ## time nnlib against PyTorch, side by side
	$(BIN)/python -m benchmarks _build/benchmarks.json

clean: ## remove everything that the other targets made
	rm -rf .venv node_modules $(VENDOR) _build _text _colab

# jupyter-book forgets the warnings of pages that it does not build again: always build afresh.
_build/.done: .venv/.done $(if $(NPM),$(VENDOR)/.done) $(SOURCES)
	$(BIN)/python tools/notebooks.py check
	rm -rf _build
	$(BIN)/jupyter-book build . --warningiserror --keep-going
	@touch $@

.venv/.done: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENDOR)/.done: package-lock.json .npmrc
	npm ci --silent
	rm -rf $(VENDOR)
	mkdir -p $(VENDOR)/mathjax/output $(VENDOR)/requirejs $(VENDOR)/@jupyter-widgets/html-manager/dist
	cd node_modules/mathjax/es5 && cp -r tex-chtml.js a11y input sre ui $(CURDIR)/$(VENDOR)/mathjax
	cp -r node_modules/mathjax/es5/output/chtml $(VENDOR)/mathjax/output
	cp node_modules/requirejs/require.js $(VENDOR)/requirejs
	cd node_modules/@jupyter-widgets/html-manager/dist && \
		cp embed-amd.js *.woff2 $(CURDIR)/$(VENDOR)/@jupyter-widgets/html-manager/dist
	for font in $(FONTS); do \
		mkdir -p $(VENDOR)/$$font/files && \
		cp node_modules/@fontsource-variable/$$font/wght*.css $(VENDOR)/$$font && \
		cp node_modules/@fontsource-variable/$$font/files/*-wght-*.woff2 $(VENDOR)/$$font/files || exit 1; \
	done
	@touch $@
