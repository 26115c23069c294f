#!/bin/sh
# Everything that CI runs: formatting and vet, the Go tests with the race
# detector, the unit tests of the pipelines, and whether generated files are
# current. PostgreSQL is used where it is installed.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}

echo "== format and vet"
unformatted=$(gofmt -l cmd plugins tests)
if [ -n "$unformatted" ]; then
  echo "not formatted (run gofmt -w):" && echo "$unformatted" && exit 1
fi
$go vet ./...

echo "== Go tests"
tests/postgres.sh $go test -race -shuffle=on -timeout 20m ./...

echo "== pipelines"
make --no-print-directory build
bin/mintleash test ./pipelines/...
bin/mintleash lint --labels ./pipelines/*.yaml
