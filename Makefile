GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DATE    := $(shell date -u +%Y-%m-%dT%H:%M:%SZ)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.dateBuilt=$(DATE)
BIN     := bin/mintleash

# Variables that pipelines and the example connection file name, for linting
# them without an account.
export UNLEASHED_API_ID ?= lint
export UNLEASHED_API_KEY ?= lint
export MINTSOFT_API_KEY ?= lint

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## sync between two simulated services, no account needed
	$(BIN) sync --sandbox

build: ## build bin/mintleash
	@$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/mintleash

test: ## everything that CI runs
	@tests/run.sh

test-pipelines: build ## the unit tests beside the pipelines
	$(BIN) test ./pipelines/...

lint: ## linters, and the arrows between the rooms
	tests/lint.sh

bench: ## first import of 10,000 orders against a bare loop, in one run
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m ./tests/bench/

soak: ## more days in the warehouse, orders and receipts that people post parts of, and each flow killed at every request: make soak SEEDS=100 HOURS=12 ACTIONS=5000
	$(GO) test ./tests/scenarios -run TestADayInTheWarehouse -timeout 0 -day.seeds $(or $(SEEDS),20) -day.hours $(or $(HOURS),12) -day.actions $(or $(ACTIONS),5000)
	$(GO) test ./tests/scenarios -run TestPartsThatAPersonPostsAtRandom -timeout 0 -hand.seeds 2000 -hand.seed $$(date +%s)
	$(GO) test ./tests/scenarios -run TestReceiptsOfWhichAPersonMakesSomeAtRandom -timeout 0 -receipt.seeds 2000 -receipt.seed $$(date +%s)
	$(GO) test ./tests/scenarios -run TestKillSearch -timeout 0 -kill.points $(or $(POINTS),all)

docs: build ## write the generated parts of the documentation again
	$(BIN) docs

sandbox: build ## only the two simulated services
	$(BIN) sandbox

.PHONY: help run build test test-pipelines lint bench soak docs sandbox
