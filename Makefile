# Everything here sets up what it needs by itself: git, make and Python 3.9 or newer are enough.

# The last is the free-threaded one: it is tested and makes no environment of its own.
PYTHONS := python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python3.14t

# Where pyenv is present, every Python it has is found by its own name, and not only the one it is set to.
ifneq ($(shell command -v pyenv 2>/dev/null),)
versions = $(if $(filter %t,$(1)),$(1:python%t=%).*t,$(1:python%=%).*[0-9])
PYENV := $(foreach python,$(PYTHONS),$(wildcard $(shell pyenv root)/versions/$(call versions,$(python))/bin))
export PATH := $(shell echo '$(strip $(PYENV))' | tr ' ' ':'):$(PATH)
endif

# The newest Python that can make environments.
PYTHON ?= $(shell for python in $(filter-out %t,$(PYTHONS)) python3 python; do PATH='$(PATH)' \
	$$python -c 'import ensurepip, sys; sys.version_info >= (3, 9) or sys.exit(1)' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv

# uv installs in a second what takes pip half a minute. Where uv cannot be used, it is not in .venv, and pip installs.
TOX = $(if $(shell ls $(VENV)/bin/uv 2>/dev/null),TOX_INSTALL='$(VENV)/bin/uv pip install') $(VENV)/bin/tox

# The acts of the demo, in their order; ARGS go to the first: `make demo ACTS=image_to_server ARGS=--real`.
ACTS := image_lifecycle upload_image image_to_server

.PHONY: help demo check test test-all coverage release-check programs docs generate hooks soak bench fleet \
	emulator-cost clean

# Names the tests that failed, at the end of a run of several environments.
name_failures = { grep -E '^(FAILED|ERROR) ' .tox/*/log/*commands*.log | sed 's|^.tox/\([^/]*\)/[^:]*:|\1: |'; exit 1; }

# Says it loudly when one of these Pythons is missing.
announce = for python in $(1); do $$python -c '' 2>/dev/null || \
	echo "!!! SKIPPED: $$python is not on this machine, nothing is tested with it !!!"; done

help:  ## show what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
	@echo
	@echo "ARGS='...' goes to the command that a target runs; CONTRIBUTING.md tells how to run one test."

demo: $(VENV)/installed  ## run the examples against the emulator
	@arguments='$(ARGS)'; for act in $(ACTS); do \
		echo; $(VENV)/bin/python examples/$$act.py $$arguments || exit; arguments=; done

check: $(VENV)/installed  ## check style, spelling, types and generated files: seconds
	@$(TOX) run-parallel $(if $(findstring -e,$(ARGS)),,-m check) $(ARGS)

# Four at a time also on two cores: half of the time the tests wait for sockets.
test: $(VENV)/installed  ## what CI runs, on every Python that is here: four minutes
	@$(call announce,$(PYTHONS))
	@rm -rf .tox/*/log
	@$(TOX) run-parallel --parallel 4 $(if $(findstring -e,$(ARGS)),,-m test) $(ARGS) || $(name_failures)

test-all: $(VENV)/installed  ## the same with all tests on each Python, distributions, fuzzing, a cluster: half an hour
	@$(call announce,$(PYTHONS))
	@rm -rf .tox/*/log
	@TESTS=test HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-same} $(TOX) run-parallel --parallel 4 $(ARGS) || $(name_failures)

docs: $(VENV)/installed  ## the site of the documentation, in build/site; ARGS=serve shows it while you write
	$(TOX) run -e docs $(if $(ARGS),-- $(ARGS))

coverage: $(VENV)/installed  ## which lines the tests reach; htmlcov/index.html shows them
	@$(TOX) run -e coverage $(ARGS)

release-check: $(VENV)/installed  ## build wheel and sdist, look into them, install them where nothing else is
	@$(call announce,python3.9 python3.13 python3.14)
	@$(TOX) run -e package $(ARGS)

programs: $(VENV)/installed  ## clients of others against the emulator, installed for it; ARGS='-- NAME' runs one: minutes
	@$(TOX) run -qq -e programs $(ARGS)

generate: $(VENV)/installed  ## regenerate all generated files from openapi/
	@$(VENV)/bin/python -m generator

hooks: $(VENV)/installed  ## have git run the checks of .pre-commit-config.yaml before each commit
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check pre-commit
	@$(VENV)/bin/pre-commit install

soak: $(VENV)/installed  ## 20,000 calls from 32 threads, 2% of them with a fault
	@$(VENV)/bin/python benchmarks/soak.py $(ARGS)

bench: $(VENV)/installed  ## this package beside the published ones and the floor; writes docs/performance.md
	$(VENV)/bin/python benchmarks/bench.py $(foreach python,python3.11 python3.13,\
		$(if $(shell PATH='$(PATH)' command -v $(python) 2>/dev/null),--python $(python))) $(ARGS)

fleet: $(VENV)/installed  ## many contracts from threads and from Dask; writes docs/scaling.md
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dask]'
	@$(VENV)/bin/python benchmarks/fleet.py

emulator-cost: $(VENV)/installed  ## calls to a full emulator beside the same calls to an empty one
	@$(VENV)/bin/python benchmarks/emulator.py $(ARGS)

clean:  ## remove what the other commands made
	rm -rf $(VENV) .tox .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov build dist *.egg-info

$(VENV)/installed: pyproject.toml requirements.txt ionoscloud/version.py
	$(if $(PYTHON),,$(error Python 3.9 or newer with venv is needed))
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check tox
	{ $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: uv && \
		$(VENV)/bin/uv pip install --quiet --python $(VENV) --editable '.[dev]'; } || \
		{ echo 'uv cannot be used here: pip installs.'; rm -f $(VENV)/bin/uv; \
		$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'; }
	@touch $@
