#!/bin/sh
# Everything that CI runs: formatting and vet, the Go tests, the unit tests of the
# pipelines, and whether generated files are current. PostgreSQL is used where it is
# installed.
#
# The race detector watches everything but the measurements and the rules of the house;
# what would be long under it, a list of many orders and busy days in the warehouse, it
# watches in small, and what tries the same with many turns not at all. It looks past the
# inside of SQLite, which is C translated to Go and a third of what all tests do, and past
# what computes without sharing anything: parsers, numbers, digests, mappings. Nothing of
# ours is among it. Where such a package has a sync.Map nothing of it may be inlined, since
# the linker takes any one of the copies of a generic method, watched or not.
#
# Every package is compiled once with it, by the flags of race.flags, and once without,
# trimmed as the program is.
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
$go vet -trimpath ./...

echo "== Go tests"
turns='(UnderEveryKnob|AtRandom)$|^Test(KillSearch|OneShipmentByHandIsOnePart|PartsByHand|StockBesideASaleThatMayNotBeExported)'
set --
while read -r flag; do set -- "$@" "$flag"; done <tests/race.flags
tests/postgres.sh $go test "$@" -ldflags="-s -w" -vet=off -shuffle=on -skip "$turns" -timeout 20m $($go list ./... | grep -v -e '/tests/bench$' -e '/tests/conformance$')
$go test -trimpath -ldflags="-s -w" -vet=off -shuffle=on -timeout 10m ./tests/bench ./tests/conformance
$go test -trimpath -ldflags="-s -w" -vet=off -run "$turns|^Test(OrdersThatMoveWhileTheyArePaged|ADayInTheWarehouse)$" ./tests/scenarios \
  -paged.orders 10000 -day.seeds 10 -day.hours 3 -day.actions 2000 -kill.points 50

echo "== pipelines"
make --no-print-directory build
bin/mintleash test ./pipelines/...
bin/mintleash lint --labels ./pipelines/*.yaml
