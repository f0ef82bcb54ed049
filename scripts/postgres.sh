#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL cluster: scripts/postgres.sh cargo test
#
# The cluster lives in a temporary folder, listens on a free loopback port with a password of its own, and is stopped
# and removed when the command ends, fails or is interrupted. The command finds it in KEYHOUSE_TEST_POSTGRES.
# PostgreSQL refuses to run as root; then a system user, keyhouse-test, is made for it.
# KEYHOUSE_TEST_FSYNC=on keeps fsync (for tests that pull the plug on the database itself).
# KEYHOUSE_TEST_KEEP=FOLDER keeps the cluster there instead, for the next run to find; KEYHOUSE_TEST_OPTIONS are more options of the
# server ("-c shared_buffers=1GB").
set -euo pipefail

(($# > 0)) || { echo "usage: $0 COMMAND [ARGUMENT…]" >&2; exit 2; }

programs=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[[ -x $programs/initdb ]] || { echo "PostgreSQL's server programs are missing: run scripts/setup.sh test" >&2; exit 1; }

keep=${KEYHOUSE_TEST_KEEP:-}
if [[ -n $keep ]]; then
	mkdir -p "$keep"
	folder=$(cd "$keep" && pwd)
else
	folder=$(mktemp -d "${TMPDIR:-/tmp}/keyhouse-postgres.XXXXXX")
fi
owner=()
if [[ $(id -u) -eq 0 ]]; then
	id keyhouse-test >/dev/null 2>&1 ||
		useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin keyhouse-test
	chown keyhouse-test "$folder"
	owner=(runuser -u keyhouse-test --)
	"${owner[@]}" test -w "$folder" ||
		{ echo "the user keyhouse-test, as whom PostgreSQL runs, cannot reach $folder" >&2; exit 1; }
fi

# What is thrown away needs no tidy end.
how=immediate
[[ -z $keep ]] || how=fast

command_pid=
clean_up() {
	trap - EXIT
	trap '' INT TERM HUP
	if [[ -n $command_pid ]]; then
		kill -TERM -- "-$command_pid" 2>/dev/null || true
		wait "$command_pid" 2>/dev/null || true
	fi
	if [[ -e $folder/data/postmaster.pid ]]; then
		(cd "$folder" && "${owner[@]}" "$programs/pg_ctl" stop -D "$folder/data" -m "$how" -w -t 120 >/dev/null 2>&1) || true
	fi
	[[ -n $keep ]] || rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Makes the cluster, with a password of its own.
lay_out() {
	rm -rf "$folder/data"
	install -m 600 /dev/null "$folder/password"
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$folder/password"
	((${#owner[@]} == 0)) || chown keyhouse-test "$folder/password"
	"${owner[@]}" "$programs/initdb" -D "$folder/data" --username=keyhouse_test --pwfile="$folder/password" \
		--auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 ||
		{ cat "$folder/initdb.log" >&2; exit 1; }
	"${owner[@]}" tee -a "$folder/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		max_connections = 200
		fsync = ${KEYHOUSE_TEST_FSYNC:-off}
		synchronous_commit = on
		shared_buffers = 64MB
		timezone = 'UTC'
	CONF
	touch "$folder/made"
}

cd "$folder"
[[ -e $folder/made ]] || lay_out
password=$(cat "$folder/password")

# A port that is free now may be taken a moment later: try a few.
port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	candidate=$((20000 + RANDOM % 12000))
	if "${owner[@]}" "$programs/pg_ctl" start -D "$folder/data" -o "-p $candidate ${KEYHOUSE_TEST_OPTIONS:-}" -l "$folder/server.log" -w -t 30 \
		>/dev/null 2>&1; then
		port=$candidate
		break
	fi
done
[[ -n $port ]] || { tail -n 20 "$folder/server.log" >&2; echo "PostgreSQL did not start" >&2; exit 1; }

cd "$OLDPWD"
export KEYHOUSE_TEST_POSTGRES="postgres://keyhouse_test:$password@127.0.0.1:$port/postgres"
# In the background, so that a signal to this script is acted on at once and not when the command ends; in a process
# group of its own (set -m), so that all of the command can be ended.
set -m
"$@" </dev/null &
command_pid=$!
set +m
status=0
wait "$command_pid" || status=$?
command_pid=
exit "$status"
