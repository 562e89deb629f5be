#!/usr/bin/env python3
"""Holds ONNX files that nn-core wrote against ONNX's checker, its reference evaluator and onnxruntime.

Each file must pass the checker with strict shape inference, and give the same outputs (to 1e-5 of the largest) in
onnxruntime for single samples, in onnxruntime for a batch of three, and in the reference evaluator. The single
outputs are recorded for nn-core's tests, which compare their own with them.

    python3 check_written_onnx.py ../../nn-core/tests/data/written/*.onnx \\
        --record ../../nn-core/tests/data/written/onnxruntime.json
"""

import argparse
import pathlib

import numpy
import onnx
import onnx.checker
import onnx.reference

from recording import run_seeds, seeded_input, session, versions, write_records

SEEDS = (1, 2, 3)
TOLERANCE = 1e-5


def main():
    """The command line."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("files", type=pathlib.Path, nargs="+", help="ONNX files with a symbolic batch")
    arguments.add_argument("--record", type=pathlib.Path, required=True, help="the JSON file to write")
    given = arguments.parse_args()

    print(f"with {versions()}")
    records = []
    for path in given.files:
        record, deviation = check(path)
        records.append(record)
        print(f"{path.name}: accepted, worst relative deviation {deviation:.1e}")
    write_records(given.record, {"checked_with": versions()}, "models", records)


def check(path):
    """The record of a file, and the worst deviation among the ways to evaluate it."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    shape, runs = run_seeds(str(path), SEEDS)
    single = numpy.array([run["output"] for run in runs])

    running = session(str(path))
    name = running.get_inputs()[0].name
    batch = numpy.concatenate([seeded_input(seed, shape) for seed in SEEDS])
    batched = running.run(None, {name: batch})[0].reshape(single.shape)
    evaluator = onnx.reference.ReferenceEvaluator(model)
    reference = evaluator.run(None, {name: batch})[0].reshape(single.shape)

    largest = numpy.abs(single).max(axis=1, keepdims=True)
    deviation = max((numpy.abs(other - single) / largest).max() for other in (batched, reference))
    if not deviation <= TOLERANCE:
        raise SystemExit(f"{path}: evaluations differ by {deviation:.1e} of the largest output")
    return {"path": path.name, "input_shape": shape, "runs": runs}, deviation


if __name__ == "__main__":
    main()
