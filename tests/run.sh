#!/bin/sh
# Everything that CI runs: formatting and vet, the Go tests, the unit tests of the
# pipelines, and whether generated files are current. PostgreSQL is used where it is
# installed.
#
# The race detector watches every package but the measurements; of the scenarios,
# which are many and slow under it, it watches a delivery of each flow and two days
# in the warehouse, in which all of them run at once. `make race` watches everything.
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
others=$($go list ./... | grep -v -e /tests/scenarios$ -e /tests/bench$)
tests/postgres.sh $go test -race -shuffle=on -timeout 20m $others
tests/postgres.sh $go test -race -shuffle=on -timeout 20m -run '^(TestDelivery|TestADayInTheWarehouse)$' ./tests/scenarios -day.seeds 2
tests/postgres.sh $go test -shuffle=on -timeout 20m ./tests/bench ./tests/scenarios

echo "== pipelines"
make --no-print-directory build
bin/mintleash test ./pipelines/...
bin/mintleash lint --labels ./pipelines/*.yaml
