# Neural Networks, Built Twice. `make` lists the targets.
# Needs git, make, and Python 3.11 or newer; with npm, the built book loads nothing from other hosts.

PYTHON ?= python3
BIN := .venv/bin
NPM := $(shell command -v npm)
VENDOR := thirdparty/vendor
FONTS := source-serif-4 source-sans-3 source-code-pro
# Whether anything is newer than the built book. find answers, because make cannot list file names
# that contain spaces.
CHANGED := $(shell { find chapters _ext _static _templates _config.yml _toc.yml -newer _build/.done \
	-not -path '*/.*' -not -path '*/__pycache__*'; \
	find nnlib -type f -newer _build/.done -not -path '*/__pycache__*'; } 2>/dev/null | head -n 1)
# A virtual environment contains absolute paths, so it must be rebuilt when its folder has moved.
MOVED := $(shell test -s .venv/.done && \
	test "$$(cat .venv/.done)" != "$$(cd .venv && pwd -P)" && echo moved)
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg
# Two workers with one thread each: more threads than cores only wait for one another.
# -rfEs lists the failed, broken, and skipped tests.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PARALLEL := -n 2 --dist loadfile -rfEs
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest $(PARALLEL)

.PHONY: help book test check lint lab run figures text sync test-portable test-oldest bench clean FORCE
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

book: _build/.done ## build the book into _build/html, warnings as errors
	@echo "open $(CURDIR)/_build/html/index.html"

test: lint book ## run everything: lint, book, unit, parity, and browser tests, every notebook
	$(PYTEST) $(NBVAL) tests chapters

check: lint ## run lint and the tests that need no browser and no notebook run
	$(PYTEST) -m "not browser" tests

lint: .venv/.done ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lab: .venv/.done ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/chapters

run: .venv/.done ## execute the notebooks and store their outputs
	$(BIN)/python tools/notebooks.py run

figures: .venv/.done ## draw the figures of the pages that are not notebooks
	$(BIN)/python tools/figures.py

text: .venv/.done ## mirror the notebooks as Markdown into _text/
	$(BIN)/python tools/notebooks.py text

sync: .venv/.done ## write edits in _text/ back into the notebooks
	$(BIN)/python tools/notebooks.py sync

# KIND names one or several kinds of tools/portable.py; without it, all of them run.
test-portable: .venv/.done ## re-execute the chapters as other kinds of machine would, and compare
	$(BIN)/python tools/portable.py $(addprefix --kind ,$(KIND))

# TORCH is the release of PyTorch to test with, by default the oldest that nnlib supports. On Linux
# the public index has only CUDA builds of it, several gigabytes. For a CPU build set
# PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu, or test with another release:
# TORCH=2.13.0. Old packages warn about each other, so here a warning is not an error.
OLDEST := .venv-oldest/bin/python
TORCH ?= $(shell sed -n 's/^torch==//p' constraints-oldest.txt)
test-oldest: .venv-oldest/.done ## run the unit tests with the oldest versions that nnlib supports
	$(OLDEST) -m pip install --quiet --disable-pip-version-check -c .venv-oldest/constraints.txt torch==$(TORCH)
	$(ONE_THREAD) $(OLDEST) -m pytest $(PARALLEL) -W default tests --ignore tests/browser \
		--ignore tests/test_book.py --ignore tests/test_notebooks.py

.venv-oldest/.done: constraints-oldest.txt requirements.txt pyproject.toml
	$(PYTHON) -m venv --clear .venv-oldest
	grep -v '^torch==' constraints-oldest.txt > .venv-oldest/constraints.txt
	$(OLDEST) -m pip install --quiet --disable-pip-version-check -c .venv-oldest/constraints.txt \
		-e '.[book,torch]' torch==$(TORCH) \
		$$(grep -E '^(hypothesis|jupytext|nbclient|pytest|pytest-xdist)==' requirements.txt constraints.txt --no-filename)
	@touch $@

bench: .venv/.done ## time nnlib against PyTorch and against NumPy's own matrix products
	$(BIN)/python -m benchmarks _build/benchmarks.json

clean: ## remove everything that the other targets made
	rm -rf .venv .venv-oldest node_modules $(VENDOR) _build _text _colab \
		.hypothesis .mypy_cache .pytest_cache .ruff_cache

# jupyter-book forgets the warnings of pages that it does not build again, so always build all.
_build/.done: .venv/.done $(if $(NPM),$(VENDOR)/.done) $(if $(CHANGED),FORCE)
	$(BIN)/python tools/notebooks.py check
	rm -rf _build
	$(BIN)/jupyter-book build . --warningiserror --keep-going
	@touch $@

.venv/.done: requirements.txt constraints.txt pyproject.toml $(if $(MOVED),FORCE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(if $(MOVED),--clear) .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@(cd .venv && pwd -P) > $@

$(VENDOR)/.done: package-lock.json .npmrc
	npm ci --silent
	rm -rf $(VENDOR)
	mkdir -p $(VENDOR)/mathjax/output $(VENDOR)/requirejs $(VENDOR)/@jupyter-widgets/html-manager/dist
	cd node_modules/mathjax/es5 && cp -r tex-chtml.js a11y input sre ui "$(CURDIR)/$(VENDOR)/mathjax"
	cp -r node_modules/mathjax/es5/output/chtml $(VENDOR)/mathjax/output
	cp node_modules/requirejs/require.js $(VENDOR)/requirejs
	cd node_modules/@jupyter-widgets/html-manager/dist && \
		cp embed-amd.js *.woff2 "$(CURDIR)/$(VENDOR)/@jupyter-widgets/html-manager/dist"
	for font in $(FONTS); do \
		mkdir -p $(VENDOR)/$$font/files && \
		cp node_modules/@fontsource-variable/$$font/wght*.css $(VENDOR)/$$font && \
		cp node_modules/@fontsource-variable/$$font/files/*-wght-*.woff2 $(VENDOR)/$$font/files || exit 1; \
	done
	@touch $@
