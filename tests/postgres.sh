#!/bin/sh
# Runs a command with a throw-away PostgreSQL behind it:
#
#   tests/postgres.sh go test ./plugins/ledger/...
#
# The server lives in a temporary folder, answers on a unix socket there and
# nowhere else, and is gone when the command ends. Its address is in
# MINTLEASH_TEST_POSTGRES; the exit code is the command's. Nothing is installed:
# where no PostgreSQL is found the command runs without the variable, and its
# PostgreSQL tests say that they are skipped. With MINTLEASH_REQUIRE_POSTGRES=1
# that is an error.
set -eu

if [ $# -eq 0 ]; then
	echo "usage: $0 COMMAND [ARGUMENT...]" >&2
	exit 2
fi

# Distributions keep the server's binaries out of PATH, one folder a version; the
# last one found is the newest.
bin=
for candidate in "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" \
	/usr/local/opt/postgresql*/bin /opt/homebrew/opt/postgresql*/bin \
	/usr/pgsql-*/bin /usr/lib/postgresql/*/bin; do
	if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then
		bin=$candidate
	fi
done
if [ -z "$bin" ]; then
	if [ "${MINTLEASH_REQUIRE_POSTGRES:-}" = 1 ]; then
		echo "postgres.sh: no PostgreSQL found (initdb, pg_ctl), and MINTLEASH_REQUIRE_POSTGRES=1 wants one" >&2
		exit 1
	fi
	echo "postgres.sh: no PostgreSQL found (initdb, pg_ctl): tests that want one are skipped" >&2
	exec "$@"
fi

# PostgreSQL refuses to run as root.
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	owner=nobody
	if id postgres >/dev/null 2>&1; then
		owner=postgres
	fi
fi
as_owner() {
	if [ "$(id -un)" = "$owner" ]; then
		sh -c "$1"
	else
		su -s /bin/sh "$owner" -c "$1"
	fi
}

# A socket's path must be short, so TMPDIR is not used.
dir=$(mktemp -d /tmp/mintleash-pg.XXXXXX)
cleanup() {
	trap - EXIT INT TERM
	as_owner "cd / && '$bin/pg_ctl' -D '$dir/data' -m immediate -w stop" >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'cleanup; exit 130' INT
trap 'cleanup; exit 143' TERM

chown "$owner" "$dir"
if ! as_owner "cd / && '$bin/initdb' -D '$dir/data' -U mintleash -A trust -E UTF8 --locale=C >'$dir/log' 2>&1 &&
	'$bin/pg_ctl' -D '$dir/data' -l '$dir/log' -w -t 60 -o \"-c fsync=off -c listen_addresses='' -c unix_socket_directories='$dir'\" start >/dev/null"; then
	echo "postgres.sh: starting PostgreSQL from $bin:" >&2
	cat "$dir/log" >&2
	exit 1
fi

code=0
MINTLEASH_TEST_POSTGRES="postgres://mintleash@/postgres?host=$dir" "$@" || code=$?
exit $code
