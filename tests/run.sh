#!/bin/sh
# Everything that CI runs: formatting and vet, the Go tests, the unit tests of the
# pipelines, and whether generated files are current. PostgreSQL is used where it is
# installed.
#
# The race detector watches every package but the measurements and those whose tests
# are many and slow under it: of the scenarios it watches a delivery of each flow and
# the first of ten days in the warehouse, in which all of them run at once; the faults run
# a program of their own, which it watches where moments are drawn by lot. `make race`
# watches everything.
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
slow='/tests/(bench|faults|scenarios)$'
tests/postgres.sh $go test -race -shuffle=on -timeout 20m $($go list ./... | grep -v -E "$slow")
tests/postgres.sh $go test -race -shuffle=on -timeout 20m -run '^(TestDelivery|TestADayInTheWarehouse)$' ./tests/scenarios -day.seeds 1
tests/postgres.sh $go test -shuffle=on -timeout 20m -skip '^TestDelivery$|^TestADayInTheWarehouse$/^seed_1$' $($go list ./... | grep -E "$slow")

echo "== pipelines"
make --no-print-directory build
bin/mintleash test ./pipelines/...
bin/mintleash lint --labels ./pipelines/*.yaml
