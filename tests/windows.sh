#!/usr/bin/env bash
# Compare chapters' stored outputs with a run that lacks what Windows lacks (tests/windows says what),
# and has the encoding of Windows in China. With .venv, and on Debian the package locales:
#     tests/windows.sh [CHAPTER ...]
# Without a chapter: all but those that need Linux, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
localedef -i zh_CN -f GBK "$place/zh_CN.GBK"
if (($# == 0)); then
  mapfile -t chapters < <(grep -L needs_linux chapters/*.ipynb)
  set -- "${chapters[@]}"
fi
env PYTHONPATH="$PWD/tests/windows" LOCPATH="$place" LC_ALL=zh_CN.GBK PYTHONUTF8=0 \
  "${PYTHON:-.venv/bin/python}" -m pytest -v -p no:cacheprovider --nbval "$@"
