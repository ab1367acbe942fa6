# Every target is one line over a script in scripts/; `make help` prints the comments behind the names.

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-ballista bench lint fmt clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building and testing need, where it is missing (the other targets call it)
	@scripts/setup test

build: ## Build the edgewise binary and the npm packages
	@scripts/build

demo: ## Run an experiment from its file to its result: 20,000 visitors through an edge worker
	@scripts/demo

test: ## Run every check and every test in every language, cheap ones first
	@scripts/test

test-ballista: ## Run the engine for Ballista clusters on a scheduler and two executors (it builds both, once)
	@scripts/test-ballista

bench: ## Measure, with peers beside it in the same run, and print the ratios
	@scripts/bench

lint: ## Check formatting, lints, types, documentation and the links in the guides
	@scripts/lint

fmt: ## Format the Rust sources
	@cargo fmt --all

clean: ## Remove what was built here (the tools in the cache folder stay)
	@scripts/clean
