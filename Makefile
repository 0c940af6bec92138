# Two commands do everything: `make demo` and `make test`. On a bare Debian 12 or Ubuntu they install what is missing
# and say what and why. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-browser test-explore test-models test-wire test-kill crash machines explore explore-long explore-report bench-rehearsal bench-console bench-trace screenshots staffing check format docs clean

ARGS ?=
RUN := .venv/bin/
# Kept bytecode, whatever the environment says: without it each process of the line compiles its packages anew for 2.5 s,
# and the tests start hundreds.
export PYTHONDONTWRITEBYTECODE :=
FAST := not wire and not kill and not models and not explore and not browser
# Tests share the cores. Those on real wires mostly wait, so two more of them run than there are cores, each given out by itself in
# the order of LONG_FIRST. Those of screens wait for a person's hands half of their time: two a core. The search over seeds and the
# models use the cores by themselves; the other seeded days are one process each, so they are spread.
CORES := $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
SPREAD := --dist worksteal -n $(CORES)
SPREAD_WIRES := --dist load --maxschedchunk 1 -n $(shell echo $$(($(CORES) + 2)))
SPREAD_SCREENS := --dist worksteal -n $(shell echo $$(($(CORES) * 2)))
# Only files that name the mark are read for it; reading them all takes each worker longer than many a test.
MARKED = $(sort $(shell grep -rlE --include='test_*.py' 'mark\.$(1)\b' tests))
SEARCH := tests/explore/test_exploration.py
# A test of each but the second takes minutes: they begin first, or they run alone at the end. Whoever has the first is also given the
# next one at once, so that is a short one.
LONG_FIRST := tests/wire/test_kill_loop.py tests/wire/test_power_recording.py tests/records/test_power_cuts.py \
  tests/wire/test_failing_disk.py tests/records/test_journal_kill.py
# What a long search has done so far; a range of seeds in it is not run again by the same program.
CAMPAIGN ?= campaign.jsonl

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.ready: pyproject.toml uv.lock .ci/setup.sh
	@bash .ci/setup.sh >&2

setup: .venv/.ready ## make the virtual environment and install what is missing

demo: .venv/.ready ## the whole line against simulators; ARGS="--json --cartons 60" for programs
	@$(RUN)xiyong demo $(ARGS)

test: .venv/.ready ## all tests: fast ones, models, wires and killed processes, screens in Chromium, then days of faults from seeds
	@$(RUN)pytest -q $(SPREAD) -m "$(FAST)" $(ARGS)
	@$(RUN)pytest -q -m "models" $(call MARKED,models) $(ARGS)
	@$(RUN)pytest -q $(SPREAD_WIRES) -m "wire or kill" $(LONG_FIRST) $(call MARKED,wire) $(call MARKED,kill) $(ARGS)
	@$(RUN)pytest -q $(SPREAD_SCREENS) -m "browser" $(call MARKED,browser) $(ARGS)
	@$(RUN)pytest -q -m "explore" $(SEARCH) $(ARGS)
	@$(RUN)pytest -q $(SPREAD) -m "explore" $(filter-out $(SEARCH),$(call MARKED,explore)) $(ARGS)

test-fast: .venv/.ready ## only the tests without real ports, processes and seeded days
	@$(RUN)pytest -q $(SPREAD) -m "$(FAST)" $(ARGS)

test-explore: .venv/.ready ## only the seeded days of faults
	@$(RUN)pytest -q -m "explore" $(SEARCH) $(ARGS)
	@$(RUN)pytest -q $(SPREAD) -m "explore" $(filter-out $(SEARCH),$(call MARKED,explore)) $(ARGS)

test-models: .venv/.ready ## the models of the PLC contract, checked with spin
	@$(RUN)pytest -q -m "models" $(call MARKED,models) $(ARGS)

test-wire: .venv/.ready ## only the tests on real ports, ptys and processes
	@$(RUN)pytest -q $(SPREAD_WIRES) -m "wire and not kill" $(call MARKED,wire) $(ARGS)

test-browser: .venv/.ready ## only the tests of the screens in Debian's Chromium
	@$(RUN)pytest -q $(SPREAD_SCREENS) -m "browser" $(call MARKED,browser) $(ARGS)

test-kill: .venv/.ready ## only the crash tests: killed processes, power cuts, injected errors, tampering
	@$(RUN)pytest -q $(SPREAD_WIRES) -m "kill" $(LONG_FIRST) $(call MARKED,kill) $(ARGS)

crash: .venv/.ready ## the power fails at every operation of a shift; 50,000 cuts, or ARGS="--cuts 5000 --seed 9"
	@$(RUN)python -m tests.records.power_cuts --cuts 50000 --jobs $$(nproc) $(ARGS)

machines: .venv/.ready ## state machines of line, records and API for longer; MACHINE_EXAMPLES=800 MACHINE_STEPS=80
	@MACHINE_EXAMPLES=$${MACHINE_EXAMPLES:-800} MACHINE_STEPS=$${MACHINE_STEPS:-80} $(RUN)pytest -q \
	  tests/line/test_line_machine.py tests/records/test_records_machine.py tests/console/test_api_machine.py -k no_order $(ARGS)

explore: .venv/.ready ## 300 seeds of a day of faults in virtual time; ARGS="--from 1000"
	@$(RUN)xiyong explore --seeds 300 --jobs $$(nproc) $(ARGS)

explore-long: .venv/.ready ## the campaign: 10,000 seeds, then 20 of 15 minutes; stop it and go on as you like
	@$(RUN)xiyong explore --seeds 10000 --jobs $$(nproc) --save $(CAMPAIGN) $(ARGS) || [ $$? = 1 ]
	@$(RUN)xiyong explore --seeds 20 --from 900001 --day 900 --jobs $$(nproc) --save $(CAMPAIGN) || [ $$? = 1 ]
	@$(RUN)xiyong explore --report $(CAMPAIGN)

explore-report: .venv/.ready ## the tables of that campaign, as they stand in docs/reliability.md
	@$(RUN)xiyong explore --report $(CAMPAIGN)

staffing: .venv/.ready ## how many officers and how long a belt: docs/staffing.md and its chart, from a seeded model
	@$(RUN)xiyong staffing --write $(ARGS)

bench-trace: .venv/.ready ## how soon the public trace page is painted on slow 3G, and its size
	@$(RUN)python -m benchmarks.trace_page $(ARGS)

screenshots: .venv/.ready ## pictures of every screen into screenshots/: sizes, languages, light, link; ARGS="--only overview"
	@$(RUN)python -m tests.browser.screenshots $(ARGS)

bench-rehearsal: .venv/.ready ## line seconds a CPU second of the rehearsal, and where the time goes; ARGS="--day calm"
	@$(RUN)python -m benchmarks.rehearsal $(ARGS)

bench-console: .venv/.ready ## how fast the console is in Chromium: figures, and 30 minutes of soaking; ARGS="--only stop"
	@$(RUN)python -m benchmarks.console $(ARGS)

check: .venv/.ready ## ruff and its layout, mypy strict, import floors, shipped configuration, generated pages
	@$(RUN)ruff check .
	@$(RUN)ruff format --check --quiet . || { echo 'layout differs: make format'; exit 1; }
	@$(RUN)mypy
	@$(RUN)lint-imports
	@$(RUN)xiyong check-config config/*.toml

format: .venv/.ready ## lay the code out as `make check` wants it
	@$(RUN)ruff format .

docs: .venv/.ready ## make the generated pages again
	@$(RUN)python -m controller.settings.reference
	@$(RUN)python -m drivers.plc.contract_page docs/contract/cil1.toml docs/contract/cil1.md
	@$(RUN)python -m controller.daemon.reasons_page
	@$(RUN)python -m controller.daemon.alarms_page
	@$(RUN)python -m controller.console.acts_page

clean: ## remove the virtual environment and all caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
