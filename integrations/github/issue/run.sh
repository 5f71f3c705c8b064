#!/usr/bin/env bash
# The step of the action in this folder: one issue that follows the findings.
set -euo pipefail

integrations=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

case $IMAGELOCK_EXIT_CODE in
0 | 1 | 3) ;;
*)
    echo "error: imagelock ended with $IMAGELOCK_EXIT_CODE, so there is nothing to publish" >&2
    exit 2
    ;;
esac
python3 -I "$integrations/forge.py" issue "$IMAGELOCK_TITLE" "$IMAGELOCK_BODY" "$IMAGELOCK_EXIT_CODE"
