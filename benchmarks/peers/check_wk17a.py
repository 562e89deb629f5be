#!/usr/bin/env python3
"""Holds a run on WK17a against the published verdicts and distortions.

    greymatter attack WK17a_linf0.1_mnist.onnx --data mnist --images 0..250 --epsilon 0.1 --targets untargeted \
        --goal sign --solver scip --jobs 1 --json > rows.jsonl
    check_wk17a.py wk17a_eps0.1.csv rows.jsonl

The table has one line an image (mnist_test_index0, truth: sat, unsat, misclassified or unknown; min_linf_distortion, 0 or
empty where it is not known), from MIPVerify.jl's nightly runs. Rows of --minimal are held against the distortions. Exits
with 1 where an answer is wrong or missing.
"""

import csv
import json
import sys

TOLERANCE = 1e-6


def verdict(row):
    """sat, unsat or None."""
    if row["adversarial"]:
        return "sat"
    return "unsat" if row["verdict"] in ("certified", "optimal") and row["dual_bound"] > 0 else None


def fault_of_sign(row, truth):
    got = verdict(row)
    wanted = {"misclassified": "sat", "unknown": got}.get(truth["truth"], truth["truth"])
    return None if got == wanted and got else f"image {row['image']}: {got}, published {truth['truth']}"


def fault_of_distortion(row, truth):
    found, bound = row["distortion"], row["distortion_bound"]
    published = float(truth["min_linf_distortion"] or 0)
    if row["verdict"] != "optimal" or found - bound > TOLERANCE:
        return f"image {row['image']}: between {bound} and {found}, not proven"
    if published > 0 and found > published + TOLERANCE:
        return f"image {row['image']}: {found} is more than the published {published}"
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        truths = {int(line["mnist_test_index0"]): line for line in csv.DictReader(file)}
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    faults = []
    for row in rows:
        check = fault_of_distortion if row["goal"] == "distortion" else fault_of_sign
        faults.append(check(row, truths[row["image"]]))
        if truths[row["image"]]["truth"] == "unknown":
            print(f"image {row['image']} has no published answer: {row['verdict']}")
    faults = [fault for fault in faults if fault]
    seconds = sorted(row["prepare_seconds"] + row["seconds"] for row in rows)
    total = sum(seconds)
    print("\n".join(faults))
    print(f"{len(rows)} images, {len(faults)} faults; {total:.1f} s, mean {total / len(rows):.3f} s, longest {seconds[-1]:.2f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
