#!/usr/bin/env bash
# Installs from Debian what is missing for building (`setup.sh build`) or for testing (`setup.sh test`), as root or
# through sudo, and says what it installs. Without either it names the packages and fails. Quick when all is there.
set -euo pipefail

purpose=${1:-test}
packages=()

has() { command -v "$1" >/dev/null 2>&1; }
need() { packages+=("$@"); }

# The server programs of PostgreSQL 15 or newer; Debian keeps them off the PATH.
has_postgres() {
	local initdb major
	for initdb in /usr/lib/postgresql/*/bin/initdb; do
		major=${initdb#/usr/lib/postgresql/}
		major=${major%%/*}
		[[ -x $initdb && $major -ge 15 ]] && return 0
	done
	return 1
}

has_font() { [[ -n $(find /usr/share/fonts /usr/local/share/fonts -iname "$1" -print -quit 2>/dev/null) ]]; }

has cc || need gcc libc6-dev
has perl || need perl
if [[ $purpose == test ]]; then
	has_postgres || need postgresql
	has chromium || need chromium
	has node || need nodejs
	has npm || need npm
	has_font 'DejaVuSans.ttf' || need fonts-dejavu-core
	has_font 'NotoSansCJK*' || need fonts-noto-cjk
fi

if ! has cargo; then
	echo "Rust is missing: install it with rustup (https://rustup.rs), 1.95 or newer, and run this again." >&2
	exit 1
fi

# Debian 12's Node.js is too old for today's openid-client: the npm registry carries newer ones. Kept in ./.tools.
newer_node() {
	local tools major
	tools=$(cd "$(dirname "$0")/.." && pwd)/.tools
	[[ -x $tools/node_modules/node/bin/node ]] && return 0
	major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
	((major >= 20)) && return 0
	echo "Node.js $major is older than 20: installing Node.js 22 from npm into $tools"
	npm install --no-save --no-audit --no-fund --loglevel=error --prefix "$tools" node@22
}

finish() {
	[[ $purpose != test ]] || newer_node
	exit 0
}

((${#packages[@]} == 0)) && finish

as_root=()
if [[ $(id -u) -ne 0 ]]; then
	if has sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
		as_root=(sudo)
	else
		echo "These Debian packages are missing: ${packages[*]}" >&2
		echo "Install them (apt-get install ${packages[*]}) or run this as root or with sudo at hand." >&2
		exit 1
	fi
fi

echo "Installing from Debian: ${packages[*]}"

# Only PostgreSQL's programs are needed: keep its package from laying out a cluster of its own and running it.
if [[ " ${packages[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
	"${as_root[@]}" mkdir -p /etc/postgresql-common
	echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
		-o Dpkg::Options::=--force-confold "${packages[@]}" >"$log" 2>&1
}
"${as_root[@]}" apt-get update >"$log" 2>&1 || echo "apt-get update failed; trying with the lists at hand" >&2
if ! install; then
	tail -n 30 "$log" >&2
	echo "Installing failed: ${packages[*]}" >&2
	exit 1
fi
finish
