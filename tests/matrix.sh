#!/usr/bin/env bash
# Compare every chapter's stored outputs with runs on every combination of versions that installs:
#     tests/matrix.sh [PYTHON ...]
# Without a Python: python3.10 to python3.13. Each combination takes minutes.
set -euo pipefail
[[ $# -gt 0 ]] || set -- python3.10 python3.11 python3.12 python3.13
failed=0
for python; do
  for paddle in paddlepaddle==2.6.2 paddlepaddle; do
    for numpy in "numpy<2" numpy; do
      echo "== $python $paddle $numpy"
      if ! "$python" -m pip install --dry-run --target none --quiet --no-deps --only-binary :all: "$paddle" "$numpy"; then
        echo "does not install"
      elif ! "$(dirname "$0")/versions.sh" "$python" "$paddle" "$numpy"; then
        failed=1
      fi
    done
  done
done
exit $failed
