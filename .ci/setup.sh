#!/usr/bin/env bash
# Makes the virtual environment from the lock file. On Debian and Ubuntu it installs the system packages that are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
  say "this needs root: $*"; say "next step: install it by hand or run as root, then make again"; exit 1; fi; }

# package | how to see that it is there | why
needs=(
  "python3-venv|/usr/bin/python3 -c 'import ensurepip, venv' || python3 -c 'import ensurepip, venv'|the virtual environment"
  "libzbar0|ldconfig -p | grep -q libzbar.so.0|second opinion on barcodes (pyzbar)"
  "mosquitto|test -x /usr/sbin/mosquitto|a real MQTT broker for the telemetry test"
  "gcc|command -v gcc|libmodbus interoperability test"
  "libc6-dev|test -e /usr/include/stdlib.h|libmodbus interoperability test"
  "spin|command -v spin|the models of the PLC contract"
  "strace|command -v strace|tests that let single system calls fail (a full disk, a failing sync)"
  "chromium|test -x /usr/bin/chromium|the browser tests: people use these pages in Chromium"
  "fonts-noto-cjk|test -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc|Chinese letters on the pages of the browser tests and pictures"
  "libmodbus-dev|test -e /usr/include/modbus/modbus.h|libmodbus interoperability test"
)
missing=()
for need in "${needs[@]}"; do
  IFS='|' read -r package rest <<<"$need"
  probe=${rest%|*}; why=${rest##*|}
  if ! bash -c "$probe" >/dev/null 2>&1; then missing+=("$package"); say "$package is missing ($why)"; fi
done
if [ ! -x /usr/bin/python3 ] && ! command -v python3 >/dev/null; then missing+=(python3); fi
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    say "not Debian or Ubuntu: install by hand: ${missing[*]}"; exit 1
  fi
  say "installing ${missing[*]} with apt-get"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# The distribution's own Python where it is new enough: the line's machines run it, and it is built faster than most others.
python=""
for one in /usr/bin/python3 python3; do
  if "$one" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$one; break; fi
done
if [ -z "$python" ]; then
  say "no Python of 3.11 or later with venv: $(python3 --version 2>&1) is what is found"
  say "next step: install Python 3.11 or later"; exit 1
fi

if [ ! -x .venv/bin/python ]; then say "making .venv with $("$python" --version)"; "$python" -m venv .venv; fi
if ! .venv/bin/uv --version 2>/dev/null | grep -qE '^uv 0\.13\.'; then
  say "installing uv into .venv (it installs exactly what uv.lock names)"
  .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
  .venv/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'
fi
say "installing the packages of uv.lock"
VIRTUAL_ENV="$PWD/.venv" UV_LINK_MODE=${UV_LINK_MODE:-copy} .venv/bin/uv sync --active --frozen --inexact --quiet --no-progress
touch .venv/.ready
say "ready"
