# The words that people and CI use. Plain `make` = lint + test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One torch thread a test process: two test processes share two cores.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
export PYTHONUNBUFFERED := 1
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false
export STREAMLIT_SERVER_SHOW_EMAIL_PROMPT := false

.PHONY: all install install-dev browser run test test-slow lint fix messages bench bench-gpu families league validity demo fuzz
all: lint test

# What Lightbox needs to run, in .venv; quick when the requirements have not changed since.
install: $(VENV)/.installed
# The same, and what the checks need.
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lightbox needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(BIN)/python
	$(PIP) -r requirements-dev.txt
	@touch $(VENV)/.installed $@

# What the bench compares with.
$(VENV)/.installed-bench: requirements-bench.txt
	$(PIP) --no-deps -r requirements-bench.txt
	@touch $@

run: install
	$(BIN)/streamlit run app.py

# A browser for the tests where apt can bring it; elsewhere they skip with a word, and with CI=true they fail.
browser:
	@sh tests/browser/install.sh

# Exit code 5 is "no test collected", which is right only while no test bears the mark.
define run_marked
	@echo '$(PYTEST) $(3) -m "$(1)"'; $(PYTEST) $(3) -m "$(1)" || { \
	  code=$$?; [ $$code -eq 5 ] && ! grep -rq --include='*.py' 'mark\.$(2)' tests || exit $$code; }
endef

test: install-dev browser lint
	$(PYTEST) --ignore tests/browser -n 2 --dist loadfile -m "not slow and not browser"
	$(call run_marked,browser and not slow,browser,tests/browser -n 2 --dist loadfile)

test-slow: install-dev browser
	$(call run_marked,slow,slow,-n 2 --dist loadfile)

lint: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/check_messages.py

fix: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Collect marked texts into the catalogues; new ones arrive empty and `make lint` refuses them until translated.
messages: install-dev
	$(BIN)/python tests/check_messages.py --update

# Without the peers (no network) the bench still runs and says what it left out.
bench: install-dev
	@$(MAKE) --silent $(VENV)/.installed-bench || echo "The peers of requirements-bench.txt could not be installed."
	$(BIN)/python -m benchmarks

# The rows that need a GPU; docs/gpu.md says what they should show.
bench-gpu: install-dev
	$(BIN)/python -m benchmarks --only gpu_input_small --only gpu_input_resnet --only augment_gpu --only gpu_exact \
		--only gpu_explain_grad_cam --only gpu_explain_saliency --only gpu_explain_integrated --only gpu_explain_occlusion

# Train every family of networks on real images and write docs/families.md; what is there already is not made again.
families: install-dev
	@test -n "$(DATA)" || { echo "Name a folder of images, one folder a class: make families DATA=FOLDER"; exit 2; }
	$(BIN)/python -m benchmarks.families "$(DATA)" $(ARGS)

# Explain every test film of phantoms by every method and write the league table (docs/explanations.md); hours on
# a CPU. What is there already is not made again; ARGS="--only small_cnn --again" makes one network anew.
league: install
	OMP_NUM_THREADS=1 $(BIN)/python -m core.explanation.league $(ARGS)

# Measure every explanation method on every network and write core/explanation/validity/validity.json. One pair:
# ARGS="--only deeplift/resnet18"; where a run was broken off: ARGS=--missing.
validity: install
	OMP_NUM_THREADS=1 $(BIN)/python -m core.explanation.validity $(ARGS)

# Make again what ships and compare; `make demo UPDATE=--update` replaces what differs.
demo: install
	$(BIN)/python -m core.demo $(UPDATE)

# Change real files at random and read them in the sandbox; it prints how to replay a case that fails.
MINUTES ?= 10
fuzz: install-dev
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)
