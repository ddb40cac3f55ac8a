# Two commands are enough: `make demo` runs the main job on real data, `make test` passes its
# tests. Both set up .venv first, once, and again when pyproject.toml or constraints.txt change.
# Nothing but the package registries is asked over the network.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory --no-builtin-rules
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The contract's compiler and OpenZeppelin's libraries; npm writes the file last.
NODE := extensions/chain/node_modules/.package-lock.json
# axe-core, and what builds the script of the published pages, which is in the repository built.
PAGES := extensions/pages/node_modules/.package-lock.json
# The browser's side: one file stands for all that the build writes.
BUILT := workbench/lab/labextension/package.json
BROWSER := $(wildcard extensions/package*.json extensions/*/package.json extensions/widgets/build.mjs) \
	$(shell find extensions/widgets/src extensions/labextension/src extensions/labextension/s[ct]* -type f)
# What people write; schema.sql is generated from the migrations.
SQL := workbench/storage/migrations workbench/storage/queries
WORKERS ?= 2
FRESH ?=

# More OpenMP threads than cores are slower than one a process; quiet libraries phone nobody.
export OMP_NUM_THREADS ?= 1
export DO_NOT_TRACK := 1
export MLFLOW_DISABLE_TELEMETRY := true
export HF_HUB_OFFLINE := 1
export HF_EVALUATE_OFFLINE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# npm trusts no authority but its own list; where a network has one of its own, the system knows it.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export NODE_EXTRA_CA_CERTS ?= /etc/ssl/certs/ca-certificates.crt
endif

# The first interpreter that is new enough and can make a virtual environment.
PROBE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
find_python = $$(for name in $(PYTHON) python3.11 python3 python3.12 python3.13 python; do \
	"$$name" -c "$(PROBE)" 2>/dev/null && { echo "$$name"; break; }; done || true)

.PHONY: help
help: ## list the targets
	@echo "Merit Workbench. Targets:"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '|' '{ printf "%-19s%s\n", $$1, $$2 }'

.PHONY: setup
setup: $(READY) $(NODE) $(PAGES) $(BUILT) ## make .venv with the pinned packages (the other targets do it for you)

# torch alone and pinned first: an unpinned torch brings several GB of CUDA libraries.
$(READY): pyproject.toml constraints.txt
	@python=$(find_python); \
	if [[ -z "$$python" ]]; then \
		echo "No Python of at least 3.11 that can make a virtual environment was found." >&2; \
		echo "Next: apt-get install python3.11 python3.11-venv, or name one: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi; \
	[[ -x $(BIN)/python ]] && $(BIN)/python -c "$(PROBE)" || "$$python" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --constraint constraints.txt torch
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.[dev,demo,ray,chain]'
	@touch $(READY)

# Nothing but the contract and the pages' tests need Node: without it the rest works, and these skip.
$(NODE) $(PAGES): extensions/%/node_modules/.package-lock.json: extensions/%/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix extensions/$*; \
		touch $@; \
	else \
		echo "npm is not installed: extensions/$* is neither built nor tested." >&2; \
		echo "Next: apt-get install nodejs npm (Node 18.17 or newer)" >&2; \
	fi

# Installing has built it once; here it is built again when a source has changed, and linked, so
# that Jupyter shows it without another install. The builder wants Node 20.19: where there is an
# older one or none, pip fetches one for the build.
NEW_NODE := const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b > 18 ? 0 : 1)
LINK := $(VENV)/share/jupyter/labextensions/merit-workbench
$(BUILT): $(BROWSER) | $(READY)
	@if command -v npm >/dev/null && node --eval '$(NEW_NODE)'; then \
		cd extensions; \
		[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci; \
		PATH="$(abspath $(BIN)):$$PATH" npm run build; \
	else \
		rm -rf workbench/lab/labextension workbench/widgets/static; \
		$(BIN)/python -m pip install --no-deps --editable .; \
	fi
	@mkdir -p $(dir $(LINK)) && rm -rf $(LINK) && ln -s $(abspath workbench/lab/labextension) $(LINK)
	@touch $@

.PHONY: extension
extension: $(READY) ## build what runs in the browser again
	@touch extensions/package.json
	@$(MAKE) $(BUILT)

.PHONY: demo
demo: $(READY) ## run the main job on real data (FRESH=1 starts over)
	@$(BIN)/workbench demo $(if $(FRESH),--fresh)

.PHONY: test
test: $(READY) $(NODE) $(PAGES) $(BUILT) ## lint, then all tests
	@$(MAKE) lint
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: $(READY) ## every check that runs no product code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/sqlfluff lint --disable-progress-bar $(SQL)
	$(BIN)/codespell
	git ls-files -z --cached --others --exclude-standard '*.ipynb' | xargs -0 -r $(BIN)/nbstripout --verify
	$(BIN)/deptry .
	$(BIN)/vulture
	@if [[ -d extensions/node_modules ]]; then npm run check --prefix extensions; \
	else echo "npm has fetched nothing: the TypeScript is not checked. Next: make extension" >&2; fi

.PHONY: format
format: $(READY) ## put code, SQL and notebooks in their one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar $(SQL)
	git ls-files -z --cached --others --exclude-standard '*.ipynb' | xargs -0 -r $(BIN)/nbstripout

.PHONY: lab
lab: $(READY) $(BUILT) ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --ServerApp.root_dir=notebooks --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
		--ServerApp.allow_unauthenticated_access=False

.PHONY: dashboards
dashboards: $(READY) ## open the published pages in Voilà
	$(BIN)/workbench dashboards

.PHONY: bench
bench: $(READY) ## measure the foundations on this machine
	$(BIN)/python experiments/speed/run.py

# The CPU build calls itself 2.13.0+cpu; the plain version matches it wherever it comes from.
.PHONY: constraints
constraints: ## resolve the newest versions that fit pyproject.toml into constraints.txt
	rm -rf .venv-constraints
	$(find_python) -m venv .venv-constraints
	.venv-constraints/bin/pip install "$$(sed -nE 's/^ *"(torch==[^"]+)".*/\1/p' pyproject.toml)"
	.venv-constraints/bin/pip install --editable '.[dev,demo,ray,chain]'
	{ sed -n '/^#/p' constraints.txt; \
	  .venv-constraints/bin/pip freeze --exclude-editable | sed 's/^\(torch==[^+]*\)+.*/\1/'; \
	} > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv-constraints

.PHONY: clean
clean: ## remove the environment and caches; homes and models are kept
	rm -rf $(VENV) .venv-constraints .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
