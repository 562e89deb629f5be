#!/usr/bin/env bash
# Trains networks, prunes each by its importance scores, at random and from the top, retrains every result for one epoch,
# and keeps what the program says of each step. pruning_summary.py makes a table of it.
#
#   cargo build --release -p experiments
#   benchmarks/pruning.sh OUT [SEEDS] [JOBS]        e.g.  benchmarks/pruning.sh /tmp/pruning "0 1 2 3 4" 2
#
# Steps whose answer is in OUT are not repeated, so that an interrupted run goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:?the folder to write to}
seeds=${2:-0 1 2 3 4}
jobs=${3:-2}
mkdir -p "$out"
out=$(realpath "$out")
export out
export greymatter=${GREYMATTER:-$PWD/target/release/greymatter}

# Keeps the last line that a command of the program prints, unless it is there.
step() {
    local answer=$1
    shift
    [ -s "$answer" ] && return
    "$greymatter" "$@" --json 2>"$answer.log" | tail -n 1 >"$answer.part"
    mv "$answer.part" "$answer"
    rm -f "$answer.log"
}

# How many units of each layer a pruning removed, as a rule for others.
counts() {
    python3 -c 'import json, sys
print("counts:" + ",".join(str(layer["removed"]) for layer in json.load(open(sys.argv[1]))["layers"]))' "$1"
}

# One network from one seed: NAME DATA ARCHITECTURE THRESHOLD SEED OTHER, flags of the importance program behind them.
# OTHER are the flags of a dearer program, which removes as many units.
one() {
    local name=$1 data=$2 arch=$3 threshold=$4 seed=$5 other=$6
    shift 6
    local dir=$out/$name/$seed
    mkdir -p "$dir"
    # As the authors train: RMSprop at 1e-3, batches of 128, 20 epochs, and one more with the mask.
    local steps=(--data "$data" --optimizer rmsprop --learning-rate 0.001 --batch-size 128 --seed "$seed")
    step "$dir/reference.json" train --arch "$arch" "${steps[@]}" --epochs 20 --out "$dir/reference.onnx"
    step "$dir/control-tuned.json" train --init "$dir/reference.onnx" "${steps[@]}" --epochs 1 \
        --out "$dir/control-tuned.onnx"
    step "$dir/ours.json" prune "$dir/reference.onnx" --data "$data" "$@" --remove "$threshold" \
        --scores "$dir/scores.json" --mask "$dir/ours.npz" --out "$dir/ours.onnx"
    for method in random critical; do
        step "$dir/$method.json" prune "$dir/reference.onnx" --data "$data" --from-scores "$dir/scores.json" \
            --method "$method" --seed "$seed" --remove "$threshold" --mask "$dir/$method.npz" --out "$dir/$method.onnx"
    done
    for method in ours random critical; do
        step "$dir/$method-tuned.json" train --init "$dir/reference.onnx" --mask "$dir/$method.npz" "${steps[@]}" \
            --epochs 1 --out "$dir/$method-tuned.onnx"
    done

    local equal=(prune "$dir/reference.onnx" --data "$data")
    local ranked=("${equal[@]}" --from-scores "$dir/scores.json" --seed "$seed" --out "$dir/rest.onnx")
    # The authors' own way to draw at random, among units with a score above 0 and with replacement.
    step "$dir/random-positive.json" "${ranked[@]}" --method random --random-pool positive --remove "$threshold"
    # shellcheck disable=SC2086
    step "$dir/other.json" "${equal[@]}" $other --remove "$(counts "$dir/ours.json")" --out "$dir/other.onnx"
    for method in taylor magnitude; do
        step "$dir/$method.json" "${equal[@]}" --method "$method" --remove "$(counts "$dir/ours.json")" \
            --out "$dir/rest.onnx"
    done
    for share in 10 20 30 40; do
        for method in elaraby random critical; do
            step "$dir/$share-$method.json" "${ranked[@]}" --method "$method" --remove "total:$share%"
        done
    done
}
export -f step counts one

lenet=conv6k5p2-avg2-conv16k5-avg2-120-84-10
thirty='--relaxed --per-class 3 --solver highs'
layers='--relaxed --layer-by-layer --time-limit 60 --solver highs'
for seed in $seeds; do
    echo "lenet-5-mnist mnist $lenet below:0.2 $seed '$layers' --relaxed --by-class --solver highs"
    echo "fc-3-mnist mnist 784-300-100-10 below:0.1 $seed '$thirty' --solver highs"
    echo "fc-3-fashion fashion-mnist 784-300-100-10 below:0.1 $seed '$thirty' --solver highs"
    echo "784-50-20-10-mnist mnist 784-50-20-10 below:0.1 $seed '$thirty' --solver highs"
done | xargs -P "$jobs" -L 1 bash -c 'set -euo pipefail; one "$@"' one
