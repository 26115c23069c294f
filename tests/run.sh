#!/bin/sh
# Everything that CI runs: formatting and vet, the Go tests, the unit tests of the
# pipelines, and whether generated files are current. PostgreSQL is used where it is
# installed.
#
# The race detector watches everything but the measurements and the rules of the house;
# what would be long under it, a list of many orders and busy days in the warehouse, it
# watches in small. It looks past the inside of SQLite, which is C translated to Go and a
# third of what all tests do, and past what parses YAML and mappings: nothing of ours.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}

# What a test leaves behind is read by nothing after it: the ledgers of many thousand runs
# are kept in memory where there is plenty, and a process that is watched for races ends
# without the second that it would wait for them.
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 4000000 ]; then
  export TMPDIR=/dev/shm
fi
export GORACE=atexit_sleep_ms=0

echo "== format and vet"
unformatted=$(gofmt -l cmd plugins tests)
if [ -n "$unformatted" ]; then
  echo "not formatted (run gofmt -w):" && echo "$unformatted" && exit 1
fi
$go vet ./...

echo "== Go tests"
tests/postgres.sh $go test -race -gcflags='all=-d=checkptr=0' -gcflags='modernc.org/sqlite/lib=-d=checkptr=0 -race=false' \
  -gcflags='gopkg.in/yaml.v3=-d=checkptr=0 -race=false' -gcflags='github.com/redpanda-data/benthos/v4/internal/bloblang/parser=-d=checkptr=0 -race=false' \
  -vet=off -shuffle=on -timeout 20m $($go list ./... | grep -v -e '/tests/bench$' -e '/tests/conformance$')
$go test -vet=off -shuffle=on -timeout 10m ./tests/bench ./tests/conformance
$go test -vet=off -run '^(TestOrdersThatMoveWhileTheyArePaged|TestADayInTheWarehouse)$' ./tests/scenarios \
  -paged.orders 10000 -day.seeds 10 -day.hours 3 -day.actions 2000

echo "== pipelines"
make --no-print-directory build
bin/mintleash test ./pipelines/...
bin/mintleash lint --labels ./pipelines/*.yaml
