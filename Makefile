# Two commands do all on a fresh machine: `make demo` runs the main job, `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

# A folder with data-set folders by name beside the clone is used before cache and network.
ifneq ($(wildcard ../shared/data),)
export FORETASTE_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help demo serve test check fix tour bench clean

help:
	@echo "make demo   set up, then run the main job: split, train, measure, save, recommend"
	@echo "make serve  the demo's model as a service on this machine, with a page to try it"
	@echo "make test   set up, then run all tests"
	@echo "make check  style, types and the rules on who may import whom"
	@echo "make fix    let ruff repair what it can"
	@echo "make tour   run docs/tour.py and write docs/tour.ipynb with what it shows, minutes"
	@echo "make bench  timings and measurements, two hours; never part of the tests"

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once; about a minute when packages are cached)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/foretaste demo

serve: $(STAMP)
	@test -f demo/manifest.json || $(BIN)/foretaste demo
	@$(BIN)/foretaste serve demo

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tour: $(STAMP)
	$(BIN)/python docs/execute.py

bench: $(STAMP)
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/world.py
	$(BIN)/python bench/costs.py
	$(BIN)/python bench/equal_effort.py ml-latest-small --split new-users
	$(BIN)/python bench/equal_effort.py ml-latest-small --split random
	$(BIN)/python bench/order.py ml-latest-small --seeds 10
	$(BIN)/python bench/coverage_of_ratings.py ml-latest-small --seeds 8 --models biased_mf,item_knn
	$(BIN)/python bench/coverage_of_ratings.py 6000x3500x1000000 --test 0.5 --models biased_mf,two_sided_ridge
	$(BIN)/python bench/coverage_of_few.py
	$(BIN)/python bench/holding.py
	$(BIN)/python bench/evaluating.py
	$(BIN)/python bench/explaining.py ml-latest-small
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/scoring.py --people 1000000
	$(BIN)/python bench/als.py
	$(BIN)/python bench/gram.py
	$(BIN)/python bench/walks.py
	$(BIN)/python bench/paths.py
	$(BIN)/python bench/paths.py ml-latest-small --seeds 5
	$(BIN)/python bench/sooner.py --epochs 6

clean:
	rm -rf $(VENV) demo
