#!/usr/bin/env bash
# What a clean machine lacks: uv, Pango and HarfBuzz, a locked environment in .venv. Safe to run again.
#   setup.sh environment   all of it
#   setup.sh tests         what the tests hold our reviewer against: PDFs of Chromium and of LibreOffice, in free fonts
#   setup.sh uv            print the path of a uv, fetched into .venv-tools when there is none
set -euo pipefail
cd "$(dirname "$0")"

LIBRARIES=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
PRINTERS=(chromium libreoffice-writer-nogui fonts-liberation)

find_uv() {
    if command -v uv >/dev/null; then command -v uv; return; fi
    [ -x .venv-tools/bin/uv ] || python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .venv-tools uv >&2
    echo "$PWD/.venv-tools/bin/uv"
}

has_package() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

install_packages() {  # a reason, then Debian packages
    local missing=() why=$1; shift
    for package in "$@"; do has_package "$package" || missing+=("$package"); done
    [ ${#missing[@]} -eq 0 ] && return
    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            echo "$why Run this line, then the same command again:" >&2
            echo "    sudo $install" >&2
            exit 2
        fi
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" $install -qq >&2
}

environment() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This machine has no apt: make sure that Pango 1.50 and HarfBuzz with its subset library are installed." >&2
    else
        install_packages "Pango and HarfBuzz are needed to set the pages." "${LIBRARIES[@]}"
    fi
    local uv; uv=$(find_uv)
    [ -x .venv/bin/python ] || "$uv" venv --quiet --python '>=3.11' .venv
    "$uv" pip sync --quiet --require-hashes --python .venv/bin/python requirements-dev.lock
    "$uv" pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
}

case "${1:-}" in
    environment) environment ;;
    tests)
        command -v dpkg-query >/dev/null || exit 0
        install_packages "Chromium and LibreOffice print the sheets of other houses that the tests review." "${PRINTERS[@]}"
        ;;
    uv) find_uv ;;
    *) echo "usage: setup.sh environment | tests | uv" >&2; exit 2 ;;
esac
