#!/bin/sh
# Makes .venv with everything pinned in requirements-dev.lock, and sees that a Chromium is there.
set -eu

say() { printf '%s\n' "setup: $*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

python=
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { say "Python 3.11 or newer is needed and was not found"; exit 1; }

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "installing python$version-venv"
    apt_install "python$version-venv" || { say "please install python$version-venv, then try again"; exit 1; }
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$browser" >/dev/null 2>&1 && exit 0
done
say "no Chromium found: installing the package chromium"
# The font is for the practice chat's pictures: without it a headless Chromium draws no emoji.
apt_install chromium fonts-noto-color-emoji && command -v chromium >/dev/null 2>&1 && exit 0
say "that did not work: trying Playwright's own Chromium"
.venv/bin/python -m playwright install chromium >/dev/null 2>&1 && exit 0
say "warning: no Chromium. All works but rehearsals, real purchases and the browser tests."
