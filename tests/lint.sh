#!/bin/sh
# The linters of .golangci.yml, which also keep the arrows between the rooms,
# built from source at a pinned version.
set -eu
cd "$(dirname "$0")/.."
exec ${GO:-go} run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...
