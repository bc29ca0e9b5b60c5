#!/bin/sh
# Make .venv with the locked packages; works where Python came without its venv module.
set -eu
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "需要 Python 3.11 以上 / Python 3.11 or newer is needed"; exit 1; }
"$PYTHON" -m venv .venv 2>/dev/null || "$PYTHON" -m venv --without-pip .venv || {
    "$PYTHON" -m pip install --quiet --target .cache/virtualenv virtualenv
    PYTHONPATH=.cache/virtualenv "$PYTHON" -m virtualenv --quiet .venv
}
if [ -x .venv/bin/pip ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
else
    "$PYTHON" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --locked --inexact --python .venv/bin/python
