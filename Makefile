# The few commands a contributor needs. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What `make test` leaves out, because something else runs it: `make test WITHOUT=tests/docs`.
WITHOUT :=
# Installed once, and again when what is asked for changes.
DEMO_READY := $(VENV)/ready-for-demo
DEV_READY := $(VENV)/ready-for-development

# An environment that is active around this one must not leak into it.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs fuzz soundness bench clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(DEMO_READY) ## Which way is up on x^2 + 3y^2 at (1, 2)? Prints a report and draws demo.png
	@$(BIN)/steepest explore "x^2 + 3y^2" --at 1,2 -o demo.png
	@echo "The picture is $(CURDIR)/demo.png"

test: $(DEV_READY) ## Run every test
	$(BIN)/python -m pytest -n 2 $(addprefix --ignore=,$(WITHOUT))

check: $(DEV_READY) ## Lint, formatting, types, the order of the rooms, the examples of the docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 tests/docs

format: $(DEV_READY) ## Format the code and repair what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(DEV_READY) ## Build the documentation site into site/; a dead link or an unknown exercise stops it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "Open $(CURDIR)/site/index.html"

fuzz: $(DEV_READY) ## Parse ten million strings; none may crash or hang the parser
	$(BIN)/python tests/fuzz/fuzz_parser.py --strings 10000000

soundness: $(DEV_READY) ## Check ten million interval enclosures against higher precision
	$(BIN)/python tests/soundness/soundness.py --enclosures 10000000

bench: $(DEV_READY) ## Measure every figure that the docs state
	@for what in $(filter-out %/bench_descents.py,$(wildcard benchmarks/bench_*.py)) \
		"benchmarks/bench_descents.py compare" "benchmarks/bench_descents.py rules" \
		"benchmarks/bench_descents.py threads" "benchmarks/bench_descents.py basins" \
		"benchmarks/bench_descents.py interrupt" \
		benchmarks/dependencies.py; do echo "== $$what"; $(BIN)/python $$what || exit 1; done

clean: ## Remove the environment, caches and the demo's picture
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks dist site demo.png

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "steepest needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(DEMO_READY): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[plot]'
	@touch $@

$(DEV_READY): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev]'
	@# On all cores, which pip does not; some files of some packages are not meant to be compiled.
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@# Matplotlib looks for fonts once, and says so if that takes long: not in a test's output.
	@$(BIN)/python -c 'import matplotlib.font_manager'
	@touch $@ $(DEMO_READY)
