#!/usr/bin/env python3
"""Holds every row of an attack against the order that must hold: LP relaxation <= minimum <= clean margin.

The relaxation of each row's model is written by `greymatter encode` and solved by highspy without integrality; minima
must also fall as epsilon grows. Needs highspy; exits with status 1 where a row breaks the order.

    benchmarks/peers/check_chain.py --network net.onnx --rows run/rows.jsonl --greymatter target/release/greymatter
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import highspy

TOLERANCE = 1e-5


def relaxation(arguments, row, folder):
    """The optimum of the row's model without integrality."""
    path = pathlib.Path(folder) / "model.mps"
    command = [
        str(arguments.greymatter), "encode", str(arguments.network), "--data", row["data"], "--split", row["split"],
        "--image", str(row["image"]), "--target", str(row["target"]), "--epsilon", str(row["epsilon"]),
        "--formulation", row["formulation"], "--bounds", row["bounds"], "--format", "mps", "-o", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    highs = highspy.Highs()
    highs.silent()
    highs.readModel(str(path))
    columns = list(range(highs.getNumCol()))
    highs.changeColsIntegrality(len(columns), columns, [highspy.HighsVarType.kContinuous] * len(columns))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit(f"the relaxation of {row} was not solved: {highs.getModelStatus()}")
    return highs.getObjectiveValue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=pathlib.Path, required=True)
    parser.add_argument("--greymatter", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    rows = [json.loads(line) for line in arguments.rows.read_text().splitlines()]
    faults, gaps = [], []
    by_question = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            lower = relaxation(arguments, row, folder)
            slack = TOLERANCE * max(1.0, abs(row["objective"]))
            if not lower - slack <= row["objective"] <= row["clean_margin"] + slack:
                faults.append(f"order: relaxation {lower}, {row}")
            gaps.append(row["objective"] - lower)
            by_question[row["image"], row["target"]].append(row)
    for question, same in by_question.items():
        same.sort(key=lambda row: row["epsilon"])
        for smaller, larger in zip(same, same[1:]):
            if larger["objective"] > smaller["objective"] + TOLERANCE * max(1.0, abs(smaller["objective"])):
                faults.append(f"not monotone in epsilon: image and target {question}: {smaller} {larger}")
    print("\n".join(faults))
    proven = sum(row["verdict"] == "optimal" for row in rows)
    print(f"{len(rows)} rows, {proven} proven optimal, {len(faults)} faults; minimum above relaxation by "
          f"{min(gaps):.4f} to {max(gaps):.4f}, mean {sum(gaps) / len(gaps):.4f}")  # fmt: skip
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
