#!/usr/bin/env bash
# The step of action.yml: run imagelock, and pass the results to the workflow.
#
# Reads INPUT_COMMAND, INPUT_ARGS, INPUT_BUMP, INPUT_VERSION and INPUT_FAIL. Writes
# the outputs to GITHUB_OUTPUT and the report to GITHUB_STEP_SUMMARY.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
temporary=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
folder=$(mktemp -d "$temporary/imagelock-XXXXXX")
summary=$folder/summary.md
installed=$temporary/imagelock-program-${INPUT_VERSION:-checkout}

"$root/integrations/install.sh" "$installed" "${INPUT_VERSION:-}"

# Split at whitespace; `read` expands no patterns and runs no commands.
read -r -d '' -a words <<<"${INPUT_ARGS:-}" || true
arguments=()
case $INPUT_COMMAND in
verify)
    arguments=(--report "markdown=$summary" --report "json=$folder/report.json"
        --report "github=$folder/annotations")
    ;;
lock | update)
    arguments=(--report "markdown=$summary" --report "json=$folder/report.json")
    ;;
esac
if [ -n "${INPUT_BUMP:-}" ]; then
    arguments+=(--bump "$INPUT_BUMP")
fi

# The state of the work tree as git sees it: if the text differs, a file has changed.
state() {
    { git status --porcelain && git diff HEAD; } 2>/dev/null | git hash-object --stdin
}

before=$(state)
code=0
"$installed/bin/imagelock" "$INPUT_COMMAND" ${arguments[@]+"${arguments[@]}"} \
    ${words[@]+"${words[@]}"} >"$folder/out" 2>"$folder/err" || code=$?
if [ "$(state)" = "$before" ]; then changed=false; else changed=true; fi

# File names and registry answers are untrusted: no line of them may be interpreted as
# a workflow command. Annotations are escaped, and are meant as commands.
token=imagelock-$RANDOM$RANDOM$RANDOM
echo "::stop-commands::$token"
cat "$folder/out" "$folder/err"
echo
echo "::$token::"
if [ -s "$folder/annotations" ]; then
    cat "$folder/annotations"
fi

# The number of errors and warnings, or of changes to the lockfile.
count=0
if [ -s "$folder/report.json" ]; then
    count=$("$installed/bin/python" -I -c '
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
findings = [f for f in report.get("findings", ()) if f["severity"] != "note"]
print(len(findings) + len(report.get("changes", ())))
' "$folder/report.json")
fi

# An indented block is code, whatever its content.
if [ ! -s "$summary" ]; then
    {
        echo "### imagelock $INPUT_COMMAND"
        echo
        cat "$folder/out" "$folder/err" | sed 's/^/    /'
    } >"$summary"
fi
# GitHub accepts 1 MiB per step, and discards a longer summary.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    head -c 1000000 "$summary" >>"$GITHUB_STEP_SUMMARY"
    echo >>"$GITHUB_STEP_SUMMARY"
fi
{
    echo "changed=$changed"
    echo "count=$count"
    echo "summary-file=$summary"
    echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"

case ${INPUT_FAIL:-true}:$code in
false:1 | false:3) exit 0 ;;
*) exit "$code" ;;
esac
