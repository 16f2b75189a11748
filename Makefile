# Each target installs what it needs. Only git, make and Python 3.9 or newer are required.

# The last one is free-threaded. It runs tests, but does not create .venv.
PYTHONS := python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python3.14t

# With pyenv, find all its Pythons by name, not only the selected one.
ifneq ($(shell command -v pyenv 2>/dev/null),)
versions = $(if $(filter %t,$(1)),$(1:python%t=%).*t,$(1:python%=%).*[0-9])
PYENV := $(foreach python,$(PYTHONS),$(wildcard $(shell pyenv root)/versions/$(call versions,$(python))/bin))
export PATH := $(shell echo '$(strip $(PYENV))' | tr ' ' ':'):$(PATH)
endif

# The newest Python that can create environments.
PYTHON ?= $(shell for python in $(filter-out %t,$(PYTHONS)) python3 python; do PATH='$(PATH)' \
	$$python -c 'import ensurepip, sys; sys.version_info >= (3, 9) or sys.exit(1)' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv

# uv installs in a second, pip in half a minute. If uv does not work here, it is not in .venv, and pip is used.
TOX = $(if $(shell ls $(VENV)/bin/uv 2>/dev/null),TOX_INSTALL='$(VENV)/bin/uv pip install') $(VENV)/bin/tox

# The examples of the demo, in order. ARGS go to the first: `make demo ACTS=image_to_server ARGS=--real`.
# `make demo API=6` runs them in v6 of the API, and adds one that v5 does not have.
ACTS := image_lifecycle upload_image image_to_server $(if $(filter 6,$(API)),cube)

.PHONY: help demo check test test-all coverage release-check programs docs generate hooks soak bench fleet \
	emulator-cost clean

# Lists the failed tests of all environments.
name_failures = { grep -E '^(FAILED|ERROR) ' .tox/*/log/*commands*.log | sed 's|^.tox/\([^/]*\)/[^:]*:|\1: |'; exit 1; }

# Prints a warning for each of these Pythons that is missing.
announce = for python in $(1); do $$python -c '' 2>/dev/null || \
	echo "!!! SKIPPED: $$python is not on this machine, nothing is tested with it !!!"; done

help:  ## show all targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
	@echo
	@echo "ARGS='...' is passed to the command of a target. CONTRIBUTING.md shows how to run a single test."

demo: $(VENV)/installed  ## run the examples against the emulator
	@arguments='$(ARGS)'; for act in $(ACTS); do \
		echo; $(if $(API),IONOS_API_VERSION='$(API)') $(VENV)/bin/python examples/$$act.py $$arguments || exit; arguments=; done

check: $(VENV)/installed  ## check style, spelling, types and generated files: seconds
	@$(TOX) run-parallel $(if $(findstring -e,$(ARGS)),,-m check) $(ARGS)

# Six at a time, even on two cores: tests spend half of their time waiting for sockets.
test: $(VENV)/installed  ## run what CI runs, on every installed Python: six minutes
	@$(call announce,$(PYTHONS))
	@rm -rf .tox/*/log
	@$(TOX) run-parallel --parallel 6 $(if $(findstring -e,$(ARGS)),,-m test) $(ARGS) || $(name_failures)

test-all: $(VENV)/installed  ## run all tests on each Python, and test distributions, fuzzing and a cluster: half an hour
	@$(call announce,$(PYTHONS))
	@rm -rf .tox/*/log
	@TESTS=test HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-same} $(TOX) run-parallel --parallel 6 $(ARGS) || $(name_failures)

docs: $(VENV)/installed  ## build the documentation in build/site; ARGS=serve shows changes while you write
	$(TOX) run -e docs $(if $(ARGS),-- $(ARGS))

coverage: $(VENV)/installed  ## measure test coverage, and write htmlcov/index.html
	@$(TOX) run -e coverage $(ARGS)

release-check: $(VENV)/installed  ## build wheel and sdist, check their contents, install them into an empty environment
	@$(call announce,python3.9 python3.13 python3.14)
	@$(TOX) run -e package $(ARGS)

programs: $(VENV)/installed  ## run other published clients against the emulator; ARGS='-- NAME' runs one: minutes
	@$(TOX) run -qq -e programs $(ARGS)

generate: $(VENV)/installed  ## regenerate all generated files from openapi/
	@$(VENV)/bin/python -m generator

hooks: $(VENV)/installed  ## make git run the checks of .pre-commit-config.yaml before each commit
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check pre-commit
	@$(VENV)/bin/pre-commit install

soak: $(VENV)/installed  ## make 20,000 calls from 32 threads, 2% of them with a fault
	@$(VENV)/bin/python benchmarks/soak.py $(ARGS)

bench: $(VENV)/installed  ## compare the speed with published packages and plain urllib3; write docs/performance.md
	$(VENV)/bin/python benchmarks/bench.py $(foreach python,python3.11 python3.13,\
		$(if $(shell PATH='$(PATH)' command -v $(python) 2>/dev/null),--python $(python))) $(ARGS)

fleet: $(VENV)/installed  ## audit many contracts from threads and from Dask; write docs/scaling.md
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dask]'
	@$(VENV)/bin/python benchmarks/fleet.py

emulator-cost: $(VENV)/installed  ## compare calls to a full emulator with calls to an empty one
	@$(VENV)/bin/python benchmarks/emulator.py $(ARGS)

clean:  ## remove everything that other targets create
	rm -rf $(VENV) .tox .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov build dist *.egg-info

$(VENV)/installed: pyproject.toml requirements.txt ionoscloud/version.py
	$(if $(PYTHON),,$(error Python 3.9 or newer with venv is needed))
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check tox
	{ $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: uv && \
		$(VENV)/bin/uv pip install --quiet --python $(VENV) --editable '.[dev]'; } || \
		{ echo 'uv does not work here, pip is used.'; rm -f $(VENV)/bin/uv; \
		$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'; }
	@touch $@
