#!/usr/bin/env python3
"""Evaluation and gradients of nn-core beside PyTorch's, on one core.

    cargo bench -p nn-core --bench kernels --no-run        # prints where the program is
    taskset -c 1 benchmarks/peers/kernels_side_by_side.py target/release/deps/kernels-0123456789abcdef

The networks are those of nn-core/benches/kernels.rs, in single precision, with random weights on both sides. In each turn both
sides measure the same work many times over for some milliseconds; the least time of all turns counts, which other load on
the machine changes least. A table in Markdown: microseconds, and how many times PyTorch's time is ours.

Needs the Python package torch. Last run with the version that docs/benchmarks.md names.
"""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import json  # noqa: E402
import pathlib  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

import torch  # noqa: E402
from torch import nn  # noqa: E402

TURNS = 5
BATCHES = (1, 3, 8, 32, 128)
KINDS = ("forward", "input gradient", "parameter gradients")


def fully_connected(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def convolutional():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10),
    )  # fmt: skip


NETWORKS = {
    "784-500-10": fully_connected(784, 500, 10),
    "784-50-20-10": fully_connected(784, 50, 20, 10),
    "784-300-100-10": fully_connected(784, 300, 100, 10),
    "784-256x6-10": fully_connected(784, 256, 256, 256, 256, 256, 256, 10),
    "wk17a": convolutional(),
}


def work(network, kind, batch):
    """What PyTorch is to do."""
    inputs, cotangent = torch.randn(batch, 784), torch.randn(batch, 10)
    parameters = list(network.parameters())

    def forward():
        with torch.inference_mode():
            return network(inputs)

    def input_gradient():
        start = inputs.detach().requires_grad_(True)
        return torch.autograd.grad(network(start), start, cotangent)

    def parameter_gradients():
        return torch.autograd.grad(network(inputs), parameters, cotangent)

    network.requires_grad_(kind == "parameter gradients")
    return {"forward": forward, "input gradient": input_gradient, "parameter gradients": parameter_gradients}[kind]


def least_seconds(function, seconds=0.06):
    for _ in range(3):
        function()
    least, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        function()
        least = min(least, time.perf_counter() - started)
    return least


def our_seconds(program):
    """The least time of each of our measurements, by network, kind and batch size."""
    least = {}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program), "--bench", "--noplot", "--sample-size", "20", "--measurement-time", "0.06"]
        command += ["--warm-up-time", "0.02", f"f32/({'|'.join(map(str, BATCHES))})$"]
        environment = {**os.environ, "CRITERION_HOME": folder}
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for path in pathlib.Path(folder).rglob("new/sample.json"):
            kind, network, _, batch = json.loads(path.with_name("benchmark.json").read_text())["full_id"].split("/")
            sample = json.loads(path.read_text())
            nanoseconds = min(time / count for time, count in zip(sample["times"], sample["iters"]))
            least[network, kind, int(batch)] = nanoseconds / 1e9
    return least


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    torch.set_num_threads(1)
    ours, theirs = {}, {}
    for _ in range(TURNS):
        for key, seconds in our_seconds(program).items():
            ours[key] = min(seconds, ours.get(key, seconds))
        for name, network in NETWORKS.items():
            for kind in KINDS:
                for batch in BATCHES:
                    seconds = least_seconds(work(network, kind, batch))
                    theirs[name, kind, batch] = min(seconds, theirs.get((name, kind, batch), seconds))
    print(f"PyTorch {torch.__version__}, one thread; microseconds of ours / of PyTorch: times faster\n")
    print(f"| network | what | {' | '.join(map(str, BATCHES))} |")
    print("|---|---|" + "---:|" * len(BATCHES))
    for name in NETWORKS:
        for kind in KINDS:
            pairs = [(1e6 * ours[name, kind, batch], 1e6 * theirs[name, kind, batch]) for batch in BATCHES]
            cells = [f"{our:.0f} / {their:.0f}: {their / our:.2f}" for our, their in pairs]
            print(f"| {name} | {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
