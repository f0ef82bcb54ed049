# The project's front door. Every target works from a fresh clone: scripts/setup.sh brings what is missing.

# The release binaries, where cargo leaves them.
TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)

# make bench: which rows, how long each, a second binary to compare with, and which cores to hold them to.
ROWS ?= all
SECONDS_A_ROW ?= 5
BASE ?=
PIN ?= yes

.DEFAULT_GOAL := help
.PHONY: help demo test bench bench-large lint fmt

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

demo: ## Build, seed ./demo-data, run the issuer and three apps until Ctrl-C
	@scripts/setup.sh build
	@scripts/demo.sh

test: ## Every test: Rust on both databases, interoperability, the browser; ends with plain counts
	@scripts/setup.sh test
	@scripts/test.sh

bench: ## Measure the release binary (ROWS=refresh,userinfo SECONDS_A_ROW=5 BASE=other/keyhouse PIN=no)
	@scripts/setup.sh build
	cargo build --release --bin keyhouse
	cargo bench --bench load -- --server-binary $(TARGET_DIR)/release/keyhouse \
		--rows $(ROWS) --seconds $(SECONDS_A_ROW) --pin $(PIN) $(if $(BASE),--base-binary $(BASE))

bench-large: ## The account centre's pages with many accounts in the store (ACCOUNTS=1000000 RATE=200 SECONDS_A_PAGE=10 DATABASES="sqlite postgres" FRESH=no)
	@scripts/setup.sh test
	cargo build --release --bin keyhouse
	@scripts/bench-large.sh

lint: ## Formatting, clippy, shell syntax and, where cargo-deny is installed, licences and advisories
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	for script in scripts/*.sh .ci/run; do bash -n $$script || exit 1; done
	if cargo deny --version >/dev/null 2>&1; then cargo deny check; \
	else echo "cargo-deny is not installed: licences and advisories were not checked"; fi

fmt: ## Format the Rust sources
	cargo fmt --all
