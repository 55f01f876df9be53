#!/usr/bin/env bash
# The official Python SDK, unchanged but for its hosts, against the platform in a box.
#
#   tests/interop/run.sh
#
# QQ_SIMULATE        the command that serves the platform; `--port N` is added to it
# QQ_APP_ID          the bot it serves, with QQ_APP_SECRET, if it is not the usual one
# QQ_INTEROP_VENV    where the Python packages go (default: target/interop-venv)
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v python3 >/dev/null || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "python3 with venv is needed: install the packages python3 and python3-venv" >&2
    exit 1
fi

simulate=${QQ_SIMULATE:-cargo run -q -p qq-smol --features cli -- simulate}
venv=${QQ_INTEROP_VENV:-${CARGO_TARGET_DIR:-target}/interop-venv}
python="$venv/bin/python"

if ! "$python" -c 'import botpy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check 'qq-botpy==1.2.1'
fi

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# shellcheck disable=SC2086  # the command has arguments of its own
$simulate --port "$port" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT

# It may have to be compiled first.
"$python" - "$port" "$server" <<'PYTHON'
import os, sys, time, urllib.request
port, server = sys.argv[1], int(sys.argv[2])
for _ in range(6000):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/state", timeout=5).read()
        sys.exit(0)
    except OSError:
        os.kill(server, 0)
        time.sleep(0.1)
sys.exit("the platform did not come up")
PYTHON

"$python" tests/interop/botpy_smoke.py "http://127.0.0.1:$port" \
    "${QQ_APP_ID:-102030405}" "${QQ_APP_SECRET:-model-platform-secret}"
