# Everything that people and CI run. demo and test need nothing but Go and make.

GO       ?= go
FUZZTIME ?= 30s
BENCH    ?= .

.DEFAULT_GOAL := help
.PHONY: help demo build test race bench fuzz golden fixtures soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## show a warm transfer, from raw events to its story
	@$(GO) run ./cmd/legwork demo

build: ## build bin/legwork
	$(GO) build -o bin/legwork ./cmd/legwork

test: ## check the format, vet, and run every test
	@bad=$$(gofmt -l $$($(GO) list -f '{{.Dir}}' ./...)); \
	  if [ -n "$$bad" ]; then echo "not gofmt-ed:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	@.ci/tests -count=1 ./...

race: ## run short tests of packages that start goroutines under the race detector
	@LEGWORK_SEED=1 .ci/tests -race -short -count=1 $$(.ci/goroutines)

bench: ## run the benchmarks (BENCH=regexp); docs/performance.md has the yardsticks
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

fuzz: ## run every fuzz target for FUZZTIME each (default 30s)
	@.ci/fuzz $(FUZZTIME)

golden: ## rewrite the golden files; read the result as a diff
	@dirs=$$(grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -r -n1 dirname | sort -u); \
	  if [ -n "$$dirs" ]; then $(GO) test -count=1 $$dirs -update; fi
	LEGWORK_UPDATE=1 $(GO) test -count=1 -run TestScripts ./cmd/legwork
	@git --no-pager diff --stat

fixtures: ## write the corpora in fixtures again; CI checks that nothing changes
	$(GO) run ./cmd/legwork fixtures fixtures
	@git --no-pager diff --stat -- fixtures

soak: ## run the tests that take long
	@LEGWORK_SOAK=1 .ci/tests -count=1 -timeout 2h ./...
