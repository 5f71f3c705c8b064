#!/bin/sh
# Check the workflows with actionlint: the installed one, or one that Go builds.
set -eu
cd "$(dirname "$0")/.."

version=v1.7.8
if command -v actionlint >/dev/null; then
	set -- actionlint
elif command -v go >/dev/null; then
	set -- go run "github.com/rhysd/actionlint/cmd/actionlint@$version"
else
	echo "actionlint: NOT RUN, as neither it nor Go is installed" >&2
	test -z "${CI:-}"
	exit
fi
exec "$@" -color=false .github/workflows/*.yml integrations/github/*.yml integrations/fleet/github.yml
