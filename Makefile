# Everything here sets up what it needs by itself: git, make and Python 3.9 or newer are enough.

PYTHONS := python3.13 python3.12 python3.11 python3.10 python3.9

# Where pyenv is present, every Python it has is found by its own name, and not only the one it is set to.
ifneq ($(shell command -v pyenv 2>/dev/null),)
PYENV := $(foreach python,$(PYTHONS),$(wildcard $(shell pyenv root)/versions/$(python:python%=%).*/bin))
export PATH := $(shell echo '$(PYENV)' | tr ' ' ':'):$(PATH)
endif

# The newest Python that can make environments.
PYTHON ?= $(shell for python in $(PYTHONS) python3 python; do PATH='$(PATH)' \
	$$python -c 'import ensurepip, sys; sys.version_info >= (3, 9) or sys.exit(1)' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv

# The acts of the demo, in their order; ARGS go to the first: `make demo ACTS=image_to_server ARGS=--real`.
ACTS := image_lifecycle upload_image image_to_server

.PHONY: help demo test docs generate soak bench clean

help:  ## show what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/installed  ## the life of an image, and from an image to a server, against the embedded cloud
	@arguments='$(ARGS)'; for act in $(ACTS); do \
		echo; $(VENV)/bin/python examples/$$act.py $$arguments || exit; arguments=; done

test: $(VENV)/installed  ## every check, on every Python that is here
	@for python in $(PYTHONS); do $$python -c '' 2>/dev/null || \
		echo "!!! SKIPPED: $$python is not on this machine, nothing is tested with it !!!"; done
	$(VENV)/bin/tox run-parallel --parallel auto --parallel-no-spinner $(ARGS)

docs: $(VENV)/installed  ## the site of the documentation, in build/site; ARGS=serve shows it while you write
	$(VENV)/bin/tox run -e docs $(if $(ARGS),-- $(ARGS))

generate: $(VENV)/installed  ## write all generated files anew from openapi/
	@$(VENV)/bin/python -m generator

soak: $(VENV)/installed  ## 20,000 calls from 32 threads, 2% of them with a fault
	@$(VENV)/bin/python benchmarks/soak.py $(ARGS)

bench: $(VENV)/installed  ## this package beside the published ones and the floor; writes docs/performance.md
	$(VENV)/bin/python benchmarks/bench.py $(foreach python,python3.11 python3.13,\
		$(if $(shell PATH='$(PATH)' command -v $(python) 2>/dev/null),--python $(python))) $(ARGS)

clean:  ## remove what the other commands made
	rm -rf $(VENV) .tox .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info

$(VENV)/installed: setup.py requirements.txt ionoscloud/version.py
	$(if $(PYTHON),,$(error Python 3.9 or newer with venv is needed))
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' tox
	@touch $@
