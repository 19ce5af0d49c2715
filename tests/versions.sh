#!/usr/bin/env bash
# Compare every chapter's stored outputs with a run on other versions:
#     tests/versions.sh PYTHON [REQUIREMENT ...]
#     tests/versions.sh python3.10 paddlepaddle==2.6.2 numpy==1.26.4
# Without a requirement, the newest versions that pyproject.toml allows are taken.
# What is committed is tried, in a folder that is removed at the end.
set -euo pipefail
python=$1
shift
cd "$(dirname "$0")/.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
"$python" -m venv "$environment"
mkdir "$environment/course"
git archive HEAD | tar -x -C "$environment/course"
cd "$environment/course"
"$environment/bin/pip" install --quiet --disable-pip-version-check . nbval "$@"
"$environment/bin/pip" list --format=freeze | grep -iE '^(numpy|matplotlib|paddlepaddle|pillow|nbval)='
"$environment/bin/python" -m pytest -q --nbval chapters/
