# What there is to do with the code. `make help` prints the targets.
#
# Go is enough for test-fast, lint, bench and fuzz. `make test` also needs
# Python 3.11 or newer and Node.js 20 or newer, for the tools that judge what the
# compiler writes.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The published API descriptions that request bodies are held against are not in
# this repository: they are looked for in a folder beside it, or wherever
# TAPESTRY_SPECS says. Without them those tests are skipped.
specs := $(wildcard $(dir $(CURDIR))shared/specs)
ifneq ($(specs),)
export TAPESTRY_SPECS ?= $(specs)
endif

# The tool sets to install; all of tools/ where empty.
SETS ?=
# Fuzzing: the target and for how long.
FUZZ ?= FuzzCompile
FUZZTIME ?= 60s
# Benchmarks: a regular expression.
BENCH ?= .

# gotestsum prints only what went wrong and counts the rest. It has a go.mod of
# its own, so that the module does not depend on it.
gotestsum := go tool -modfile=tools/gotest/go.mod gotestsum --format pkgname --format-hide-empty-pkg
# Where no tool set is: the tests that need one are skipped.
no_judges := $(CURDIR)/build/no-judges

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: test
test: tools lint ## everything: tools, lint, all tests with all judges, generated files up to date
	@mkdir -p build
	TAPESTRY_REQUIRE_JUDGES=1 $(gotestsum) --post-run-command tools/test-counts.sh -- -timeout 20m ./...
	tools/check-generated.sh
	@for example in 01-rain-shield 05-big-company; do go run ./cmd/tapestry-ci compile examples/$$example -o build/examples/$$example; done
	@cat build/test-counts.txt

.PHONY: test-fast
test-fast: ## the tests that need nothing but Go, in under a minute
	TAPESTRY_CACHE=$(no_judges) TAPESTRY_REQUIRE_JUDGES= go test -short ./...

.PHONY: e2e
e2e: ## the emitted artefacts from a source's API to the audience: real connectors, dbt and Grouparoo
	@tools/install.sh fakes connectors dbt grouparoo pg redis
	TAPESTRY_REQUIRE_JUDGES=1 TAPESTRY_E2E_KILLS=1 go test -count=1 -timeout 20m -v ./internal/e2e

# The pipeline that the sandbox is for, and where it writes the variables to.
PIPELINE ?= examples/01-rain-shield
SANDBOX ?= build/sandbox

.PHONY: sandbox
sandbox: ## stand-ins for AWS, Snowflake, Airbyte and ECR, until Ctrl-C (PIPELINE=folder)
	@tools/install.sh fakes
	@go run ./internal/fake/sandbox/run $(PIPELINE) $(SANDBOX)

.PHONY: lint
lint: ## gofmt, go vet and, where it is installed, shellcheck
	tools/lint.sh

.PHONY: tools
tools: ## install the judges that are missing (SETS="lint dbt" for some of them)
	tools/install.sh $(SETS)

.PHONY: tools-lock
tools-lock: ## write the judges' lock files anew (SETS="lint dbt" for some of them)
	tools/lock.sh $(SETS)

.PHONY: golden
golden: ## write the golden files and the generated schema anew
	tools/golden.sh

.PHONY: bench
bench: ## run the benchmarks (BENCH=regexp)
	@packages=$$(tools/packages-with.sh '^func Benchmark'); \
	go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $$packages

.PHONY: fuzz
fuzz: ## fuzz for a minute (FUZZ=target FUZZTIME=60s)
	@package=$$(tools/packages-with.sh '^func $(FUZZ)('); \
	go test -run '^$$' -fuzz '^$(FUZZ)$$' -fuzztime '$(FUZZTIME)' $$package
