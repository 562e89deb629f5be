#!/bin/sh
# Stands in for greymatter: three models, answers at once. A solve waits as long as the file `hold` is in the run's
# folder and it is the third one or later; `solves.log` has a line for each start.
set -eu

value_of() { # FLAG ARGUMENTS...
    flag=$1
    shift
    while [ "$1" != "$flag" ]; do shift; done
    echo "$2"
}

case $1 in
--version)
    echo "greymatter 9.9.9"
    ;;
train)
    echo network >"$(value_of --out "$@")"
    ;;
encode)
    out=$(value_of --out "$@")
    mkdir -p "$out"
    for target in 1 2 3; do
        echo "model $target" >"$out/i0-t$target.mps"
        sum=$(sha256sum "$out/i0-t$target.mps")
        echo "{\"file\":\"i0-t$target.mps\",\"sha256\":\"${sum%% *}\",\"image\":0,\"target\":$target,\"epsilon\":0.1,\"network\":\"aa\"}"
    done
    ;;
solve)
    echo "$*" >>solves.log
    if [ "$(wc -l <solves.log)" -ge 3 ]; then
        while [ -e hold ]; do sleep 0.02; done
    fi
    case "$*" in
    *--broken*)
        echo "error: no such flag" >&2
        exit 2
        ;;
    esac
    echo '{"verdict":"Optimal","objective":0.1000000000000000055,"wall_seconds":0.25}'
    ;;
attack)
    case "$*" in
    *--silent*) exit 0 ;;
    esac
    network=aa
    if [ -e "${2%/networks/*}/other" ]; then network=bb; fi
    echo "$*" | sed "s,$2,NETWORK," >>"${2%/networks/*}/attacks.log"
    echo '{"method":"bab","network":"'$network'","verdict":"optimal","objective":0.1000000000000000055,"seconds":0.5}'
    ;;
bench-report)
    shift
    echo "$*" >"$1/report"
    if [ -e "$1/wrong" ]; then exit 1; fi
    ;;
esac
