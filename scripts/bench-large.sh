#!/usr/bin/env bash
# Measures the account centre's pages on a store of ACCOUNTS accounts (1,000,000) with ten grants and sign-ins each, on the
# databases of DATABASES ("sqlite postgres"), at RATE requests a second (200), SECONDS_A_PAGE each (10). The stores stay in
# target/bench-large for the next run; FRESH=yes makes them anew. A million accounts take some 6 GB a database, and some minutes.
# BINARY and BENCH name what is measured and what measures; without them they are built.
set -euo pipefail
cd "$(dirname "$0")/.."

accounts=${ACCOUNTS:-1000000}
target=${CARGO_TARGET_DIR:-$PWD/target}
folder=$target/bench-large
binary=${BINARY:-$target/release/keyhouse}
databases=${DATABASES:-sqlite postgres}

[[ ${FRESH:-no} != yes ]] || for database in $databases; do rm -rf "$folder/$database-$accounts" "$folder/cluster-$accounts"; done
mkdir -p "$folder"

# room DATABASE FOLDER: 12 KB an account, while indexes are made, where the store is not there yet.
room() {
	local free needed=$((accounts * 12))
	[[ ! -e $folder/$1-$accounts/filled ]] || return 0
	free=$(df --output=avail -k "$folder" | tail -n 1)
	((free > needed)) || { echo "$1: $((needed / 1024)) MiB are needed in $folder, $((free / 1024)) are free" >&2; exit 1; }
}

measure() {
	local own=("${BENCH:-}")
	[[ -n ${BENCH:-} ]] || own=(cargo bench --bench large --)
	"${own[@]}" --server-binary "$binary" --accounts "$accounts" --rate "${RATE:-200}" --seconds "${SECONDS_A_PAGE:-10}" \
		--folder "$folder" "$@"
}
export -f measure
export accounts folder binary target

for database in $databases; do
	room "$database"
	echo
	case $database in
	sqlite)
		echo "SQLite"
		measure --database sqlite
		;;
	postgres)
		echo "PostgreSQL"
		# As a server of this size would be set; writes survive a power cut.
		KEYHOUSE_TEST_KEEP=$folder/cluster-$accounts KEYHOUSE_TEST_FSYNC=on \
			KEYHOUSE_TEST_OPTIONS="-c shared_buffers=2GB -c max_wal_size=4GB -c maintenance_work_mem=512MB" \
			scripts/postgres.sh bash -c 'measure --database postgres --postgres "$KEYHOUSE_TEST_POSTGRES"'
		;;
	*)
		echo "unknown database: $database" >&2
		exit 1
		;;
	esac
done
