#!/bin/sh
# Makes ready for an instance: ./prepare_instance.sh v1 CATEGORY NET.onnx PROP.vnnlib
# The exit status is not 0 where the instance cannot be run, and the competition then leaves it out.
set -eu

if [ "${1:-}" != v1 ] || [ $# -ne 4 ]; then
    echo "usage: prepare_instance.sh v1 CATEGORY NET.onnx PROP.vnnlib" >&2
    exit 1
fi
program="${GREYMATTER:-$(dirname "$0")/../target/release/greymatter}"
# Only what run_instance.sh started, by the number that it left.
running="${TMPDIR:-/tmp}/greymatter-run-instance.pid"
if [ -f "$running" ]; then
    kill -KILL "$(cat "$running")" 2>/dev/null || true
    rm -f "$running"
fi
"$program" info "$3" >/dev/null
"$program" info "$4" >/dev/null
