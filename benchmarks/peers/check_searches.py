#!/usr/bin/env python3
"""Searches for adversarial examples must find none where there is none.

Runs `greymatter attack` with every search on the networks and images whose robustness is published: mnist_fc (VNN-COMP;
each property is a ball around a test image of MNIST) and WK17a (MIPVerify.jl's nightly runs). A search that finds an
example where the published answer is that there is none is a fault; how many of the known examples each search finds is
counted beside it.

    benchmarks/peers/check_searches.py --data ../shared/data --greymatter target/release/greymatter

Needs Python alone. Exits with 1 where a fault was found.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import time

SEARCHES = {
    "fgsm": ["--method", "fgsm"],
    "pgd": ["--method", "pgd", "--steps", "100", "--restarts", "10", "--goal", "sign"],
    "apgd, ce": ["--method", "apgd", "--steps", "100", "--restarts", "5", "--loss", "ce", "--goal", "sign"],
    "apgd, dlr": ["--method", "apgd", "--steps", "100", "--restarts", "5", "--loss", "dlr", "--goal", "sign"],
    "square": ["--method", "square", "--steps", "2000", "--goal", "sign"],
}

# The test images of MNIST around which the properties 0 to 14 lie.
MNIST_FC_IMAGES = [762, 9534, 49, 8595, 8674, 9334, 1948, 6146, 9192, 6851, 7759, 5685, 6112, 8919, 6354]


def questions(data):
    """Network, radius and the published answer for every image."""
    tables = {}
    with open(data / "truth" / "vnncomp.csv", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["benchmark"] == "mnist_fc":
                number, epsilon = pathlib.Path(line["vnnlib"]).stem.removeprefix("prop_").split("_")
                network = data / "vnncomp" / "mnist_fc" / line["onnx"]
                images = tables.setdefault((network, float(epsilon)), {})
                images[MNIST_FC_IMAGES[int(number)]] = line["truth"]
    with open(data / "truth" / "wk17a_eps0.1.csv", encoding="utf-8") as file:
        answers = {"misclassified": "sat"}
        lines = {int(line["mnist_test_index0"]): line["truth"] for line in csv.DictReader(file)}
        network = data / "nets" / "WK17a_linf0.1_mnist.onnx"
        tables[(network, 0.1)] = {image: answers.get(truth, truth) for image, truth in lines.items()}
    return tables


def attack(arguments, network, epsilon, images, search):
    """The rows of one search: one command for a range of images, else one an image."""
    ordered = sorted(images)
    is_range = ordered == list(range(ordered[0], ordered[-1] + 1))
    pieces = [f"{ordered[0]}..{ordered[-1] + 1}"] if is_range else [str(image) for image in ordered]
    for piece in pieces:
        command = [arguments.greymatter, "attack", str(network), "--data", "mnist", "--data-dir", str(arguments.data)]
        command += ["--images", piece, "--epsilon", str(epsilon), "--targets", "untargeted", "--json"]
        output = subprocess.run(command + search, check=True, capture_output=True, text=True).stdout
        yield from map(json.loads, output.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder with mnist, nets, truth and vnncomp")
    parser.add_argument("--greymatter", default="target/release/greymatter", help="the program")
    arguments = parser.parse_args()
    faults = 0
    for (network, epsilon), truths in sorted(questions(arguments.data).items()):
        known = list(truths.values())
        print(f"{network.name}, {epsilon}: {known.count('unsat')} robust, {known.count('sat')} not, {known.count('unknown')} open")
        for name, search in SEARCHES.items():
            began = time.monotonic()
            found = {"sat": 0, "unsat": 0, "unknown": 0}
            for row in attack(arguments, network, epsilon, truths, search):
                if row["adversarial"]:
                    truth = truths[row["image"]]
                    found[truth] += 1
                    if truth == "unsat":
                        print(f"  fault: {name} found an example for image {row['image']}, margin {row['witness_margin']}")
            faults += found["unsat"]
            seconds = time.monotonic() - began
            print(f"  {name:10} finds {found['sat']} known, {found['unknown']} new, {found['unsat']} false; {seconds:.1f} s")
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
