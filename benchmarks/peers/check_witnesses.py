"""Runs counterexamples through onnxruntime and holds them against their properties, at zero tolerance on the input.

    python check_witnesses.py instances.csv results.csv

`results.csv` is what `greymatter verify --batch instances.csv --out results.csv` wrote, with the counterexamples beside it. Paths
in it are relative to the folder of `instances.csv`. The check shares nothing with greymatter: it has a reader of VNN-LIB 1.0 of its
own, and the network is run by onnxruntime in float32. Every number of a property is read as f64 and, again, as f32: an input
counts as inside only where it is under both readings.

Prints one line a counterexample; exit status 1 where one is bad or missing. Needs numpy and onnxruntime.
"""

import argparse
import csv
import gzip
import pathlib
import re
import sys

import numpy as np
import onnxruntime

TOKEN = re.compile(r"[()]|[^\s()]+")


def read_text(path):
    """The text of a file, unpacked where it is gzipped; `.gz` may be missing from the name."""
    if not path.exists():
        path = path.with_name(path.name + ".gz")
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def forms(text):
    """The top-level expressions as nested lists of atoms."""
    text = re.sub(r";[^\n]*", "", text)
    top, stack = [], []
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            form = stack.pop()
            (stack[-1] if stack else top).append(form)
        else:
            stack[-1].append(token)
    assert not stack, "unbalanced parentheses"
    return top


class Property:
    """The assertions of a VNN-LIB 1.0 file; all numbers are read in one precision."""

    def __init__(self, text, precision):
        self.precision = precision
        self.asserted = [form[1] for form in forms(text) if form[0] == "assert"]

    def holds(self, inputs, outputs):
        """Whether an input and an output satisfy all assertions, computed in f64 from exact f32 values."""
        self.inputs, self.outputs = inputs, outputs
        return all(self.truth(form) for form in self.asserted)

    def input_conditions_hold(self, inputs):
        """Whether an input satisfies what is asserted of inputs alone, in the conjuncts at the top."""
        self.inputs, self.outputs = inputs, None
        return all(self.truth(form) for form in self.asserted if "Y_" not in str(form))

    def truth(self, form):
        head, *rest = form
        if head == "and":
            return all(self.truth(part) for part in rest)
        if head == "or":
            return any(self.truth(part) for part in rest)
        left, right = (self.value(part) for part in rest)
        comparisons = {
            "<=": left <= right,
            ">=": left >= right,
            "<": left < right,
            ">": left > right,
            "=": left == right,
            "==": left == right,
        }
        return bool(comparisons[head])

    def value(self, form):
        if isinstance(form, list):
            head, *rest = form
            values = [self.value(part) for part in rest]
            if head == "+":
                return sum(values)
            if head == "*":
                return float(np.prod(values))
            assert head == "-", f"unknown operator {head}"
            return -values[0] if len(values) == 1 else values[0] - sum(values[1:])
        if form.startswith("X_"):
            return float(self.inputs[int(form[2:])])
        if form.startswith("Y_"):
            return float(self.outputs[int(form[2:])])
        return float(self.precision(form))


def read_witness(text):
    """Input and output of a counterexample's file, as decimals mean them in float32."""
    verdict, _, rest = text.partition("\n")
    assert verdict.strip() == "sat", f"the first line is {verdict!r}"
    values = {"X": {}, "Y": {}}
    for letter, index, number in re.findall(r"\(\s*([XY])_(\d+)\s+([^\s()]+)\s*\)", rest):
        values[letter][int(index)] = np.float32(number)
    return tuple(np.array([values[letter][i] for i in range(len(values[letter]))]) for letter in "XY")


def run(path, inputs):
    """The network's output in onnxruntime."""
    data = read_bytes(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    tensor = session.get_inputs()[0]
    shape = [size if isinstance(size, int) and size > 0 else 1 for size in tensor.shape]
    return session.run(None, {tensor.name: inputs.reshape(shape)})[0].flatten()


def read_bytes(path):
    if not path.exists():
        path = path.with_name(path.name + ".gz")
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def check(onnx, vnnlib, witness):
    """What is wrong with a counterexample, or None, with the greatest difference of the outputs."""
    inputs, claimed = read_witness(witness.read_text())
    outputs = run(onnx, inputs)
    if outputs.shape != claimed.shape:
        return f"{claimed.size} outputs are claimed, {outputs.size} computed", np.inf
    difference = float(np.max(np.abs(outputs - claimed)))
    text = read_text(vnnlib)
    for precision in (np.float64, np.float32):
        asserted = Property(text, precision)
        if not asserted.input_conditions_hold(inputs):
            return f"the input is outside, numbers read as {precision.__name__}", difference
        if not asserted.holds(inputs, outputs):
            return f"the property does not hold, numbers read as {precision.__name__}", difference
    return None, difference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", type=pathlib.Path, help="the list that was verified")
    parser.add_argument("results", type=pathlib.Path, help="the results with their counterexamples")
    arguments = parser.parse_args()
    folder = arguments.instances.parent
    checked = bad = 0
    with open(arguments.results, newline="") as file:
        for row in csv.DictReader(file):
            if row["verdict"] != "sat":
                continue
            checked += 1
            fault, difference = "there is no counterexample", np.nan
            if row["witness"]:
                witness = arguments.results.parent / row["witness"]
                fault, difference = check(folder / row["onnx"], folder / row["vnnlib"], witness)
            bad += fault is not None
            print(f"{'BAD ' if fault else 'good'}  {difference:9.2e}  {row['onnx']} {row['vnnlib']}  {fault or ''}")
    print(f"{checked} counterexamples, {bad} bad; the second column is the greatest difference of an output")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
