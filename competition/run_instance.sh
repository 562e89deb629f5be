#!/bin/sh
# Verifies an instance: ./run_instance.sh v1 CATEGORY NET.onnx PROP.vnnlib RESULTS TIMEOUT
set -eu

if [ "${1:-}" != v1 ] || [ $# -ne 6 ]; then
    echo "usage: run_instance.sh v1 CATEGORY NET.onnx PROP.vnnlib RESULTS TIMEOUT" >&2
    exit 1
fi
program="${GREYMATTER:-$(dirname "$0")/../target/release/greymatter}"
running="${TMPDIR:-/tmp}/greymatter-run-instance.pid"
# Whatever happens, the results file says something.
echo error >"$5"
"$program" verify "$3" "$4" --timeout "$6" --result-file "$5" >/dev/null &
echo $! >"$running"
status=0
wait $! || status=$?
rm -f "$running"
exit "$status"
