#!/bin/sh
# Builds the program: ./install_tool.sh v1
set -eu

if [ "${1:-}" != v1 ]; then
    echo "expected the version 'v1', not '${1:-}'" >&2
    exit 1
fi
cd "$(dirname "$0")/.."
# SCIP is taken where its library is found when the program runs; HiGHS would need cmake and six minutes.
exec cargo build --release --package experiments --no-default-features --features scip,microlp
