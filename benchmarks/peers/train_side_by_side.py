#!/usr/bin/env python3
"""Training a fully connected network on MNIST with PyTorch, beside `greymatter train`.

For every batch size and seed the network is trained by both, one after the other and in turns of who is first, each in a
process of its own that is pinned to one core. PyTorch is written as one would for speed: the images lie in memory as one
tensor, batches are gathered by index, Adam is the fused one, one thread. Initialisation (He uniform, biases 0), optimiser
and its settings are the same; the random numbers are not, so accuracies are compared over seeds. The clock runs from the
first step to the last on both sides, without reading data, start-up and testing.

Rows go to a JSON-lines file; an interrupted run goes on from there. The summary has versions, accuracies, seconds and
ratios of seconds (PyTorch's over greymatter's: above 1, greymatter is faster) with a 95 % interval by bootstrap over seeds.

Needs the Python packages numpy and torch.

    benchmarks/peers/train_side_by_side.py --data ../shared/data --greymatter target/release/greymatter --out training
"""

import argparse
import gzip
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with mnist/ in it")
    parser.add_argument("--greymatter", type=pathlib.Path, default=pathlib.Path("target/release/greymatter"))
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for rows and summary")
    parser.add_argument("--arch", default="784-50-20-10")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-sizes", default="32,128")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    parser.add_argument("--core", type=int, default=0, help="the processor core that both are pinned to")
    parser.add_argument("--torch-side", help=argparse.SUPPRESS)
    return parser.parse_args()


def read_images(folder, name):
    """Pixels in [0, 1], one image a row, and labels."""
    import numpy

    with gzip.open(folder / "mnist" / f"{name}-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / "mnist" / f"{name}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=8)
    return pixels.astype(numpy.float32) / numpy.float32(255), labels.astype(numpy.int64)


def train_with_torch(options):
    """The PyTorch side, in this process; prints one JSON object."""
    import torch

    batch_size, seed = map(int, options.torch_side.split(","))
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, labels = map(torch.from_numpy, read_images(options.data, "train"))
    layers = []
    widths = [int(width) for width in options.arch.split("-")]
    for inputs, outputs in zip(widths, widths[1:]):
        linear = torch.nn.Linear(inputs, outputs)
        torch.nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    begin = time.perf_counter()
    for _ in range(options.epochs):
        order = torch.randperm(len(images))
        for first in range(0, len(images), batch_size):
            batch = order[first : first + batch_size]
            loss = torch.nn.functional.cross_entropy(network(images[batch]), labels[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - begin
    test_images, test_labels = map(torch.from_numpy, read_images(options.data, "t10k"))
    with torch.no_grad():
        accuracy = (network(test_images).argmax(1) == test_labels).double().mean().item()
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": torch.__version__}))


def run_pinned(command, core):
    environment = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    finished = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    return finished.stdout.splitlines()[-1]


def run_torch(options, batch_size, seed):
    command = [sys.executable, __file__, *sys.argv[1:], "--torch-side", f"{batch_size},{seed}"]
    return json.loads(run_pinned(command, options.core))


def run_greymatter(options, batch_size, seed):
    command = [str(options.greymatter), "train", "--data", "mnist", "--data-dir", str(options.data), "--json"]
    command += ["--arch", options.arch, "--epochs", str(options.epochs), "--batch-size", str(batch_size)]
    command += ["--seed", str(seed), "--out", str(options.out / f"network-{batch_size}-{seed}.onnx")]
    row = json.loads(run_pinned(command, options.core))
    version = subprocess.run([str(options.greymatter), "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return {
        "seconds": row["training_seconds"],
        "accuracy": row["test_accuracy"],
        "version": version.stdout.strip(),
    }


def measure(options):
    """All rows, measured or read from an earlier run."""
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "rows.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {(row["side"], row["arch"], row["epochs"], row["batch_size"], row["seed"]) for row in rows}
    sides = {"torch": run_torch, "greymatter": run_greymatter}
    for seed in range(options.seeds):
        for batch_size in map(int, options.batch_sizes.split(",")):
            order = sorted(sides) if seed % 2 else sorted(sides, reverse=True)
            for side in order:
                if (side, options.arch, options.epochs, batch_size, seed) in done:
                    continue
                row = {"side": side, "arch": options.arch, "epochs": options.epochs}
                row |= {"batch_size": batch_size, "seed": seed} | sides[side](options, batch_size, seed)
                rows.append(row)
                with path.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(f"{side:>10}  batch {batch_size:>4}  seed {seed}  {row['seconds']:.2f} s  "
                      f"{row['accuracy']:.4f}", file=sys.stderr)
    return [row for row in rows if (row["arch"], row["epochs"]) == (options.arch, options.epochs)]


def ratio_interval(pairs):
    """The ratio of sums, with a 95 % interval by bootstrap over pairs."""
    generator = random.Random(0)

    def ratio(chosen):
        return sum(torch for torch, _ in chosen) / sum(ours for _, ours in chosen)

    ratios = sorted(ratio(generator.choices(pairs, k=len(pairs))) for _ in range(2000))
    return ratio(pairs), ratios[50], ratios[1949]


def summary(options, rows):
    versions = sorted({row["version"] for row in rows})
    yield f"{options.arch}, {options.epochs} epochs of MNIST, Adam, one core; {', '.join(versions)}"
    yield "batch | side | seeds | accuracy mean (least to greatest) | seconds mean"
    yield "---|---|---|---|---"
    for batch_size in map(int, options.batch_sizes.split(",")):
        seconds = {}
        for side in ("torch", "greymatter"):
            chosen = [row for row in rows if row["side"] == side and row["batch_size"] == batch_size]
            chosen = [row for row in chosen if row["seed"] < options.seeds]
            accuracies = [row["accuracy"] for row in chosen]
            seconds[side] = {row["seed"]: row["seconds"] for row in chosen}
            yield (
                f"{batch_size} | {side} | {len(chosen)} | {statistics.mean(accuracies):.4f} "
                f"({min(accuracies):.4f} to {max(accuracies):.4f}) | {statistics.mean(seconds[side].values()):.2f}"
            )
        pairs = [(seconds["torch"][seed], seconds["greymatter"][seed]) for seed in seconds["greymatter"]]
        ratio, low, high = ratio_interval(pairs)
        yield f"{batch_size} | ratio | {len(pairs)} | | {ratio:.2f} ({low:.2f} to {high:.2f})"


def main():
    options = arguments()
    if options.torch_side:
        return train_with_torch(options)
    rows = measure(options)
    text = "\n".join(summary(options, rows)) + "\n"
    (options.out / "summary.md").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
