#!/usr/bin/env bash
# Run every chapter as Binder would: the Python of binder/runtime.txt, the packages of
# binder/requirements.txt (with JupyterLab), nothing else; a user without root, one processor,
# 2 GB of memory, 64 MB of /dev/shm and no network. To be started as root, with that Python on the PATH:
#     tests/binder.sh
# It prints each chapter's peak of memory (of all processes and what they share), in MB.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(tr -d - < binder/runtime.txt)
python=$(command -v "$python" || echo "$python")
why=$(setpriv --reuid nobody --clear-groups env -i "$python" -c '' 2>&1) || {
  echo "No other user can run $python (${why%%$'\n'*}): put one on the PATH outside closed folders such as /root." >&2
  exit 1
}
home=$(mktemp -d /var/tmp/binder.XXXXXX)
group=/sys/fs/cgroup/memory/binder
trap 'rm -rf "$home"; rmdir $group 2>/dev/null || true' EXIT

git archive HEAD | tar -x -C "$home"
"$python" -m venv --copies "$home/.env"
"$home/.env/bin/pip" install --quiet --require-hashes -r binder/requirements.txt
chown -R nobody "$home"
mkdir -p $group
echo 2G > $group/memory.limit_in_bytes

for chapter in "$home"/chapters/*.ipynb; do
  echo 0 > $group/memory.max_usage_in_bytes
  echo "$BASHPID" > $group/cgroup.procs
  (cd "$home/chapters" && unshare -n -m sh -c 'ip link set lo up && mount -t tmpfs -o size=64m,mode=1777 tmpfs /dev/shm && exec "$@"' - \
    setpriv --reuid nobody --clear-groups taskset -c 0 \
    env -i HOME="$home" PATH="$home/.env/bin:/usr/bin:/bin" LANG=C.UTF-8 \
    jupyter execute --inplace "$chapter" 2> "$home/log") || { cat "$home/log"; exit 1; }
  echo "$(basename "$chapter") $(($(cat $group/memory.max_usage_in_bytes) / 1000000)) MB"
done
