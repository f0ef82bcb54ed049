#!/usr/bin/env bash
# Every test of the project, one part after the other, each part run even if an earlier one failed. The last line is
# the plain sum: N passed, N failed, N skipped. PARTS="rust interop" chooses; default all.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# A cluster of one's own may be given; else run again beside a throw-away one.
[[ -n ${KEYHOUSE_TEST_POSTGRES:-} ]] || exec scripts/postgres.sh "$0"

[[ ! -x .tools/node_modules/node/bin/node ]] || PATH=$PWD/.tools/node_modules/node/bin:$PATH
export KEYHOUSE_TEST_BINARIES=${CARGO_TARGET_DIR:-$PWD/target}/debug
parts=${PARTS:-style rust lint interop browser}
results=$(mktemp -d)
running=
stop() {
	trap - EXIT
	[[ -z $running ]] || kill -TERM -- "-$running" 2>/dev/null
	rm -rf "$results"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0 failed=0 skipped=0

# count PART PASSED FAILED SKIPPED STATUS: adds up; a part that failed without saying which test counts as one.
count() {
	local part_failed=$3
	((part_failed == 0 && $5 != 0)) && part_failed=1
	passed=$((passed + $2)) failed=$((failed + part_failed)) skipped=$((skipped + $4))
	echo "== $1: $2 passed, $part_failed failed, $4 skipped in ${SECONDS} s"
}

# run COMMAND…: in the background with a process group of its own, so that a signal ends all of it.
run() {
	local status=0
	set -m
	"$@" </dev/null &
	running=$!
	set +m
	wait "$running" || status=$?
	running=
	return "$status"
}

rust() {
	local status=0 log=$results/rust.log
	SECONDS=0
	: >"$log"
	run bash -c 'set -o pipefail; cargo test --workspace --no-fail-fast 2>&1 | tee "$1"' bash "$log" || status=$?
	read -r p f s < <(awk '/^test result: / {for (i = 2; i <= NF; i++) {
		if ($i == "passed;") p += $(i-1); if ($i == "failed;") f += $(i-1); if ($i == "ignored;") s += $(i-1)}}
		END {print p + 0, f + 0, s + 0}' "$log")
	count rust "$p" "$f" "$s" "$status"
}

# node_part NAME FOLDER: a folder with package.json and *.test.mjs files. What hangs fails.
node_part() {
	local status=0 report=$results/$1.tap
	SECONDS=0
	: >"$report"
	if run npm --prefix "$2" ci --no-audit --no-fund --loglevel=error; then
		run node --test --test-concurrency=1 --test-timeout=900000 --test-reporter=spec --test-reporter-destination=stdout \
			--test-reporter=tap --test-reporter-destination="$report" "$2"/*.test.mjs || status=$?
	else
		status=1
	fi
	read -r p f s < <(awk '/^# pass /{p += $3} /^# (fail|cancelled) /{f += $3} /^# (skipped|todo) /{s += $3}
		END {print p + 0, f + 0, s + 0}' "$report")
	count "$1" "$p" "$f" "$s" "$status"
}

# The formatting check counts as one test.
style() {
	SECONDS=0
	if run cargo fmt --all --check; then count style 1 0 0 0; else count style 0 1 0 1; fi
}

# So does clippy; it costs a minute or two beyond the build.
lint() {
	SECONDS=0
	if run cargo clippy --workspace --all-targets -- -D warnings; then count lint 1 0 0 0; else count lint 0 1 0 1; fi
}

for part in $parts; do
	echo "== $part"
	case $part in
	style) style ;;
	lint) lint ;;
	rust) rust ;;
	interop)
		run cargo build --workspace --bins && node_part "interop" tests/interop/node || count interop 0 0 0 1
		;;
	browser)
		run cargo build --workspace --bins && node_part browser tests/browser || count browser 0 0 0 1
		;;
	*) echo "unknown part: $part" >&2; count "$part" 0 0 0 1 ;;
	esac
done

echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
