# Mail Admin: every target prepares what it needs first and is quick when that is done.
# Works with GNU make 3.81 and later. PYTHON=python3.12 chooses the interpreter of a new .venv.

.DEFAULT_GOAL := help
.PHONY: help setup run demo test faults benchmark screenshots check lint types imports format \
    bundle compare deb tarball packages try-packages audit clean

PREPARE := sh resources/setup/prepare
VENV_PYTHON := .venv/bin/python
# The application's types as they are on another system; what only Linux reaches is not unreachable.
types_on = $(VENV_PYTHON) -m mypy -p mailadmin --platform $(1) --cache-dir .mypy_cache/$(1) --no-warn-unreachable
export PYTHON
# Set on some build machines; output is buffered where people use the program, so also in the tests.
unexport PYTHONUNBUFFERED
BENCHMARKS := $(patsubst tests/benchmarks/%.py,tests.benchmarks.%,$(filter-out %/__init__.py,$(wildcard tests/benchmarks/*.py)))
# Options for pytest or the application: make test ARGS="-k queue"
ARGS ?=
# Most of a test is waiting, so more of them run side by side than there are cores. WORKERS=0: one after the other.
WORKERS ?= 4
pytest = QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadgroup

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv with .venv/bin/mailadmin, and install missing system libraries
	@$(PREPARE) --force run
	@echo "Ready: .venv/bin/mailadmin"

run: ## Open the application
	@$(PREPARE) run
	@sh resources/setup/need-display
	@$(VENV_PYTHON) -m mailadmin $(ARGS)

demo: ## Open it on a throw-away database with a built-in mail server
	@$(PREPARE) run
	@sh resources/setup/need-display
	@$(VENV_PYTHON) -m mailadmin --demo $(ARGS)

test: ## Run the tests
	@$(PREPARE) test
	$(pytest) $(ARGS)

faults: ## Kill the program at every point, and the other tests that take minutes
	@$(PREPARE) test
	$(pytest) -m thorough $(ARGS)

benchmark: ## Measure speed and start-up, each against a bare peer in turns
	@$(PREPARE) test
	@for benchmark in $(BENCHMARKS); do \
	    echo "== $$benchmark"; QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(VENV_PYTHON) -m $$benchmark || exit; \
	done

screenshots: ## Write pictures of every tab and dialog, at 100 and 200 %, into screenshots/
	@$(PREPARE) test
	@for scale in 1 2; do \
	    QT_SCALE_FACTOR=$$scale MAILADMIN_SCREENSHOTS=screenshots QT_QPA_PLATFORM=offscreen \
	        $(VENV_PYTHON) -m pytest -q -m "" tests/ui/test_screenshots.py || exit; \
	done

check: lint types imports ## Run the linter, the type checker and the check of import directions

lint:
	@$(PREPARE) test
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .

types:
	@$(PREPARE) test
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m mypy --package resources.bundle --package resources.linux
	$(call types_on,win32)
	$(call types_on,darwin)

imports:
	@$(PREPARE) test
	.venv/bin/lint-imports --no-logo

format: ## Format the code and apply the linter's safe fixes
	@$(PREPARE) test
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .

bundle: ## Build the stand-alone application into dist/
	@$(PREPARE) bundle
	@sh resources/bundle/build

compare: ## Build the bundle twice and say what differs
	@$(PREPARE) bundle
	@sh resources/bundle/compare

deb: bundle ## Build the package for Debian and Ubuntu into dist/
	@sh resources/linux/deb

tarball: bundle ## Build the archive for other Linux distributions into dist/
	@sh resources/linux/tarball

packages: deb tarball ## Both, and the SHA-256 sums of all that is in dist/
	@cd dist && sha256sum mailadmin*.* >SHA256SUMS && cat SHA256SUMS

try-packages: packages ## Try them: the bundle does what the sources do, and the package on a bare Debian (as root)
	@$(PREPARE) test
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m tests.packaging.smoke .venv/bin/mailadmin --window .venv/bin/mailadmin
	QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m tests.packaging.smoke dist/mailadmin/mailadmin --window dist/mailadmin/mailadmin
	lintian --allow-root --fail-on error,warning dist/mailadmin_*.deb
	@resources/linux/try-deb

audit: ## Look for known weaknesses in the Python packages (asks a service on the internet)
	@$(PREPARE) bundle
	@$(VENV_PYTHON) -m resources.bundle.audit

clean: ## Remove everything that was made here, .venv too
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find mailadmin tests -name __pycache__ -type d -prune -exec rm -rf {} +
