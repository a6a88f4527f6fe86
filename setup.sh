# Shared steps of ./run and ./test. Each step leaves a mark and is skipped when what it depends on has not changed.

say() { printf '%s\n' "$*" >&2; }

# A Python 3.11 or newer that can make virtual environments.
find_python() {
  for candidate in python3.13 python3.12 python3.11 python3 python; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"; return
    fi
  done
  say "Scanhouse needs Python 3.11 or newer with the venv module. On Debian or Ubuntu: apt install python3-venv"
  exit 1
}

# install_python LOCKFILE: the virtual environment with exactly the locked packages, checked by hash.
install_python() {
  local mark=".venv/.installed-$(basename "$1")"
  if [ -f "$mark" ] && cmp -s "$1" "$mark" && [ pyproject.toml -ot "$mark" ]; then return; fi
  if [ ! -x .venv/bin/python ]; then say "Making the virtual environment ..."; "$(find_python)" -m venv .venv; fi
  say "Installing the locked packages ($1) ..."
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null ||
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
  cp "$1" "$mark"
}

# The front-end files. Node comes from a Python package where the machine has none.
install_assets() {
  local target="${SCANHOUSE_ASSETS:-assets}"
  if [ -f "$target/built.json" ] && [ ! src/scanhouse/ops/assets.toml -nt "$target/built.json" ]; then return; fi
  if ! command -v npm >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/assets.txt
  fi
  .venv/bin/scanhouse assets "$target"
}

# Tools that tests drive: Chromium, DCMTK and dicom3tools from the system's packages, where they can be installed.
install_tools() {
  local missing=()
  command -v storescu >/dev/null 2>&1 || missing+=(dcmtk)
  command -v dciodvfy >/dev/null 2>&1 || missing+=(dicom3tools)
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing+=(chromium)
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing ${missing[*]} for the tests ..."
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "For all tests, install: ${missing[*]}"
  fi
}
