# Two commands: `make run` and `make test`. Nothing is needed before them but Python >= 3.11 with pip, Node >= 18
# with npm, git and make.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
UV_VERSION := 0.13.9
BIN := .venv/bin
WORKERS ?= 4

.PHONY: setup run check test audit clean

setup: .venv/.ready node_modules/.ready

.venv/.ready: pyproject.toml uv.lock tools/make_venv.sh
	PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" sh tools/make_venv.sh
	touch $@

node_modules/.ready: package.json package-lock.json
	@node -e 'process.exit(Number(parseInt(process.versions.node) < 18))' || { echo "需要 Node 18 以上 / Node 18 or newer is needed"; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

run: setup
	@exec $(BIN)/dangqun serve --demo --host $(HOST) --port $(PORT)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint src --lint --quiet
	DANGQUN_DATA=.cache/check DJANGO_SETTINGS_MODULE=dangqun.config.settings $(BIN)/python -m django makemigrations --check --dry-run

test: check
	$(BIN)/python tools/test_servers.py $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

audit: setup
	$(BIN)/pip-audit --strict || { echo "nothing was audited, or a package has a known weakness"; exit 1; }
	npm audit || { echo "nothing was audited, or a package has a known weakness"; exit 1; }

clean:
	rm -rf .venv node_modules .cache
