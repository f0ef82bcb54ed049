#!/usr/bin/env bash
# Builds the release binaries, seeds ./demo-data (or finds it again), and runs the issuer at http://localhost:8080 and
# the three flagship apps at http://127.0.0.1:8081 to 8083 until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/wait-http.sh

data=${DEMO_DATA:-demo-data}
binaries=${CARGO_TARGET_DIR:-target}/release
pids=()

stop() {
	trap - EXIT
	trap '' INT TERM HUP
	((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || true
	wait
}
trap stop EXIT
trap 'echo; echo "Stopping."; exit 0' INT TERM HUP

cargo build --release --workspace --bins

for port in 8080 8081 8082 8083 9090; do
	if port_open "$port"; then
		echo "Port $port is taken: another program (an earlier demo?) uses it. The demo needs 8080 to 8083 and 9090." >&2
		exit 1
	fi
done

screen=$("$binaries/keyhouse" demo --data "$data")
mkdir -p "$data/logs"

# start NAME PROGRAM ARGUMENT…: runs a part in the background, its output in a log of its own.
start() {
	local name=$1
	shift
	"$@" >"$data/logs/$name.log" 2>&1 </dev/null &
	pids+=("$!")
	part[$!]=$name
}
declare -A part
start keyhouse "$binaries/keyhouse" serve --dev --config "$data/keyhouse.toml"
for app in cloud community notes; do
	start "$app" "$binaries/flagship" "$app" --config "$data/$app.toml"
done

# explain PID: why a part ended.
explain() {
	echo "${part[$1]} stopped. The end of $data/logs/${part[$1]}.log:" >&2
	tail -n 20 "$data/logs/${part[$1]}.log" >&2
}

await() {
	local deadline=$((SECONDS + 30)) pid
	until http_ok "$1" "$2" "$3"; do
		for pid in "${pids[@]}"; do
			kill -0 "$pid" 2>/dev/null || { explain "$pid"; exit 1; }
		done
		((SECONDS < deadline)) || { echo "http://$1:$2$3 does not answer; see $data/logs/" >&2; exit 1; }
		sleep 0.1
	done
}
await localhost 8080 /.well-known/openid-configuration
for port in 8081 8082 8083; do await 127.0.0.1 "$port" /healthz; done

printf '%s\n' "$screen"

status=0
ended=
wait -n -p ended "${pids[@]}" || status=$?
explain "$ended"
exit "$((status == 0 ? 1 : status))"
