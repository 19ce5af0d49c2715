#!/usr/bin/env bash
# Run every chapter as on Baidu AI Studio: course in ~/work, prepared by its notebook work/aistudio.ipynb,
# after a restart that keeps only work/ and external-libraries/; no root, 64 MB of /dev/shm, a kernel of
# another name, Paddle 2.6.2. To be started as root, with a Python 3.10 that any user may run:
#     tests/aistudio.sh python3.10
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(command -v "$1" || echo "$1")
why=$(setpriv --reuid nobody --clear-groups "$python" -c '' 2>&1) || {
  echo "No other user can run $python (${why%%$'\n'*}): name a Python outside closed folders such as /root." >&2
  exit 1
}
export image
image=$(mktemp -d /var/tmp/aistudio.XXXXXX)
trap 'rm -rf "$image"' EXIT

git archive HEAD --prefix home/work/mnist-course/ | tar -x -C "$image"
"$python" -m venv "$image/env"
"$image/env/bin/pip" install --quiet paddlepaddle==2.6.2 numpy==1.26.4 ipykernel nbclient pillow
"$image/env/bin/pip" install --quiet --no-deps --target "$image/home/external-libraries" \
  matplotlib contourpy cycler fonttools kiwisolver packaging pyparsing python-dateutil six
"$image/env/bin/python" -m ipykernel install --prefix "$image/env" --name py310-paddle262 > /dev/null
chmod 755 "$image"
chown -R nobody "$image/home"

unshare --mount bash -euo pipefail -s <<'INSIDE'
mount -t tmpfs -o size=64m,mode=1777 tmpfs /dev/shm
mount -t tmpfs tmpfs /home
mkdir /home/aistudio
mount --bind "$image/home" /home/aistudio
run() {
  cd "$(dirname "$1")"
  setpriv --reuid nobody --clear-groups env --unset MNIST_COURSE_DATA HOME=/home/aistudio \
    PYTHONPATH=/home/aistudio/external-libraries \
    "$image/env/bin/jupyter" execute --inplace --kernel_name py310-paddle262 "$1" 2> /tmp/log ||
    { cat /tmp/log; exit 1; }
  echo "$(basename "$1"): ran"
}
mount -t tmpfs tmpfs /tmp -o mode=1777
run /home/aistudio/work/mnist-course/work/aistudio.ipynb
find /home/aistudio -mindepth 1 -maxdepth 1 ! -name work ! -name external-libraries -exec rm -r {} +
for chapter in /home/aistudio/work/mnist-course/chapters/*.ipynb; do
  run "$chapter"
done
INSIDE
