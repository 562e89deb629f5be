#!/usr/bin/env python3
"""Records what other programs compute on the shared networks, for nn-core's tests.

For every ONNX file below `nets/` and `vnncomp/*/onnx/` of the shared data: onnxruntime's outputs on three seeded
inputs. For every `.nnet` file below `nets/`: the outputs of the few lines of NumPy (float64) in this script.

    python3 record_onnxruntime.py --data ../../../shared/data --out ../../nn-core/tests/data/onnxruntime_logits.json
"""

import argparse
import pathlib

import numpy

from recording import run_seeds, seeded_input, shortest, versions, write_records

SEEDS = (1, 2, 3)


def main():
    """The command line."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--data", type=pathlib.Path, required=True, help="the folder of shared data")
    arguments.add_argument("--out", type=pathlib.Path, required=True, help="the JSON file to write")
    given = arguments.parse_args()

    onnx_files = sorted([*given.data.glob("nets/*.onnx"), *given.data.glob("vnncomp/*/onnx/*.onnx")])
    nnet_files = sorted(given.data.glob("nets/*.nnet"))
    records = [record(given.data, path, run_seeds(str(path), SEEDS)) for path in onnx_files]
    records += [record(given.data, path, run_nnet(path)) for path in nnet_files]
    write_records(given.out, {"recorded_with": versions()}, "networks", records)
    print(f"{len(records)} networks, {versions()} -> {given.out}")


def record(data, path, result):
    """One network's line."""
    shape, runs = result
    return {"path": path.relative_to(data).as_posix(), "input_shape": shape, "runs": runs}


def run_nnet(path):
    """Evaluates a `.nnet` file on normalised inputs, as its format is described at github.com/sisl/NNet."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("//")]
    numbers = [[float(value) for value in line.rstrip(", ").split(",")] for line in lines]
    sizes = [int(size) for size in numbers[1]]
    rows = iter(numbers[7:])
    layers = []
    for outputs in sizes[1:]:
        weight = numpy.array([next(rows) for _ in range(outputs)])
        bias = numpy.array([next(rows)[0] for _ in range(outputs)])
        layers.append((weight, bias))
    runs = []
    for seed in SEEDS:
        value = seeded_input(seed, [sizes[0]]).astype(numpy.float64)
        for index, (weight, bias) in enumerate(layers):
            value = weight @ value + bias
            if index + 1 < len(layers):
                value = numpy.maximum(value, 0)
        runs.append({"seed": seed, "output": shortest(value)})
    return [sizes[0]], runs


if __name__ == "__main__":
    main()
