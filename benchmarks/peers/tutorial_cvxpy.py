#!/usr/bin/env python3
"""The exact attack as Kolter and Madry's tutorial writes it (chapter 3), in cvxpy with HiGHS, beside greymatter.

For every image, all wrong classes are attacked first by the tutorial's program and then by `greymatter attack`, both on
one core and with HiGHS, so that both meet the same state of the machine; processor time stands beside wall time for the case that the machine is
not idle. Rows go to a JSON-lines file (an interrupted run goes on from there); the summary compares objectives and
prints ratios of times.

Needs the Python packages cvxpy, highspy, numpy and onnx; their versions are written into the summary.

    benchmarks/peers/tutorial_cvxpy.py --network net.onnx --data ../shared/data --images 0..10 --epsilon 0.05 \\
        --greymatter target/release/greymatter --out comparison
"""

import argparse
import gzip
import json
import pathlib
import random
import resource
import statistics
import subprocess
import time

import cvxpy
import highspy
import numpy
import onnx
from onnx import numpy_helper


def read_weights(path):
    """Weights and biases of a chain of Gemm nodes."""
    graph = onnx.load(path).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor).astype(numpy.float64) for tensor in graph.initializer}
    layers = []
    for node in graph.node:
        if node.op_type == "Gemm":
            transposed = any(attribute.name == "transB" and attribute.i == 1 for attribute in node.attribute)
            weight = tensors[node.input[1]]
            layers.append((weight if transposed else weight.T, tensors[node.input[2]]))
        elif node.op_type not in ("Relu", "Flatten", "Reshape"):
            raise SystemExit(f"{path}: the tutorial's program knows chains of Gemm and Relu, not {node.op_type}")
    return layers


def read_mnist(folder, index):
    """One test image, flattened, and its label."""
    with gzip.open(folder / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
        file.seek(16 + 784 * index)
        pixels = numpy.frombuffer(file.read(784), dtype=numpy.uint8)
    with gzip.open(folder / "mnist" / "t10k-labels-idx1-ubyte.gz") as file:
        file.seek(8 + index)
        label = file.read(1)[0]
    return (pixels.astype(numpy.float32) / numpy.float32(255)).astype(numpy.float64), label


def interval_bounds(layers, lower, upper):
    """The tutorial's bound propagation: ranges of all pre-activations."""
    bounds = []
    for weight, bias in layers:
        positive, negative = numpy.maximum(weight, 0), numpy.minimum(weight, 0)
        bounds.append((positive @ lower + negative @ upper + bias, positive @ upper + negative @ lower + bias))
        lower, upper = (numpy.maximum(bound, 0) for bound in bounds[-1])
    return bounds


def form_milp(layers, objective, box, bounds):
    """`form_milp` of the tutorial."""
    widths = [layers[0][0].shape[1]] + [weight.shape[0] for weight, _ in layers]
    z = [cvxpy.Variable(width) for width in widths]
    v = [cvxpy.Variable(width, boolean=True) for width in widths[1:-1]]
    constraints = []
    for i, (weight, bias) in enumerate(layers[:-1]):
        lower, upper = bounds[i]
        constraints += [
            z[i + 1] >= weight @ z[i] + bias,
            z[i + 1] >= 0,
            cvxpy.multiply(v[i], upper) >= z[i + 1],
            weight @ z[i] + bias >= z[i + 1] + cvxpy.multiply((1 - v[i]), lower),
        ]
    weight, bias = layers[-1]
    constraints += [z[-1] == weight @ z[-2] + bias, z[0] >= box[0], z[0] <= box[1]]
    return cvxpy.Problem(cvxpy.Minimize(objective @ z[-1]), constraints)


def attack_with_tutorial(layers, image, label, target, epsilon, time_limit):
    """Objective and wall time of one attack; cvxpy's own time is in it, as a user of the tutorial pays it."""
    started, cpu_started = time.perf_counter(), time.process_time()
    box = (numpy.maximum(image - epsilon, 0), numpy.minimum(image + epsilon, 1))
    objective = numpy.zeros(layers[-1][0].shape[0])
    objective[label], objective[target] = 1, -1
    problem = form_milp(layers, objective, box, interval_bounds(layers, *box))
    problem.solve(
        solver=cvxpy.HIGHS, highs_options={"threads": 1, "time_limit": time_limit, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-6}
    )
    seconds = time.perf_counter() - started
    return {
        "objective": None if problem.value is None else float(problem.value),
        "status": problem.status,
        "seconds": seconds,
        "cpu_seconds": time.process_time() - cpu_started,
        "solver_seconds": problem.solver_stats.solve_time,
    }


def attack_with_greymatter(arguments, image):
    """The rows of one image, targets in ascending order, and the processor time of all processes for all of them."""
    command = [
        str(arguments.greymatter), "attack", str(arguments.network), "--data", "mnist",
        "--data-dir", str(arguments.data), "--images", str(image), "--targets", "all",
        "--epsilon", str(arguments.epsilon), "--method", "milp", "--solver", "highs", "--jobs", "1",
        "--time-limit", str(arguments.time_limit), "--json",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [json.loads(line) for line in output.splitlines()], cpu_seconds


def ratio_interval(pairs, repetitions=10_000):
    """A 95 % bootstrap interval of the ratio of total times, drawn by image: targets of an image are not independent."""
    generator = random.Random(0)
    images = sorted({image for image, _, _ in pairs})
    of_image = {i: [(a, b) for image, a, b in pairs if image == i] for i in images}
    ratios = []
    for _ in range(repetitions):
        drawn = [pair for i in generator.choices(images, k=len(images)) for pair in of_image[i]]
        ratios.append(sum(a for a, _ in drawn) / sum(b for _, b in drawn))
    ratios.sort()
    return ratios[int(0.025 * repetitions)], ratios[int(0.975 * repetitions)]


def summarise(rows, versions):
    """What the comparison showed, as Markdown."""
    pairs = [(row["image"], row["tutorial"]["seconds"], row["greymatter"]["seconds"]) for row in rows]
    tutorial, greymatter = [a for _, a, _ in pairs], [b for _, _, b in pairs]
    both = [row for row in rows if row["tutorial"]["status"] == "optimal" and row["greymatter"]["verdict"] == "optimal"]
    deviation = max((abs(row["tutorial"]["objective"] - row["greymatter"]["objective"]) for row in both), default=0.0)
    low, high = ratio_interval(pairs)
    of_image = {row["image"]: row["greymatter_cpu_seconds_of_image"] for row in rows}
    cpu_tutorial, cpu_greymatter = sum(row["tutorial"]["cpu_seconds"] for row in rows), sum(of_image.values())
    return "\n".join([
        f"{len(rows)} attacks; {versions}",
        "",
        "| | mean s | median s | longest s | proven |",
        "|---|---|---|---|---|",
        f"| cvxpy + HiGHS | {statistics.mean(tutorial):.3f} | {statistics.median(tutorial):.3f} | {max(tutorial):.2f} "
        f"| {sum(row['tutorial']['status'] == 'optimal' for row in rows)} |",
        f"| greymatter + HiGHS | {statistics.mean(greymatter):.3f} | {statistics.median(greymatter):.3f} "
        f"| {max(greymatter):.2f} | {sum(row['greymatter']['verdict'] == 'optimal' for row in rows)} |",
        "",
        f"ratio of total times {sum(tutorial) / sum(greymatter):.2f} (95 % bootstrap by image {low:.2f} to {high:.2f}), "
        f"geometric mean of ratios {statistics.geometric_mean(a / b for a, b in zip(tutorial, greymatter)):.2f}; "
        f"largest difference of objectives {deviation:.2e}",
        "",
        f"processor time: cvxpy {cpu_tutorial:.1f} s, greymatter {cpu_greymatter:.1f} s (start of the program included), "
        f"ratio {cpu_tutorial / cpu_greymatter:.2f}",
    ])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--images", default="0..10", help="such as 0..10, without 10")
    parser.add_argument("--epsilon", type=float, default=0.05)
    parser.add_argument("--time-limit", type=float, default=600.0)
    parser.add_argument("--greymatter", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    raw = arguments.out / "raw.jsonl"
    rows = [json.loads(line) for line in raw.read_text().splitlines()] if raw.exists() else []
    done = {row["image"] for row in rows}
    layers = read_weights(arguments.network)
    first, last = (int(part) for part in arguments.images.split(".."))
    for index in range(first, last):
        if index in done:
            continue
        image, label = read_mnist(arguments.data, index)
        tutorial = {
            target: attack_with_tutorial(layers, image, label, target, arguments.epsilon, arguments.time_limit)
            for target in range(10)
            if target != label
        }
        ours, cpu_seconds = attack_with_greymatter(arguments, index)
        new = [
            {"image": index, "target": row["target"], "tutorial": tutorial[row["target"]], "greymatter": row,
             "greymatter_cpu_seconds_of_image": cpu_seconds}
            for row in ours
        ]  # fmt: skip
        with raw.open("a") as file:
            file.writelines(json.dumps(row) + "\n" for row in new)
        rows += new
        spent = sum(result["cpu_seconds"] for result in tutorial.values())
        print(f"image {index}: cvxpy {spent:.2f} s, greymatter {cpu_seconds:.2f} s of processor time", flush=True)
    highs = highspy.Highs().version()
    versions = f"cvxpy {cvxpy.__version__} with HiGHS {highs}, greymatter with HiGHS {rows[0]['greymatter']['solver_version']}"
    summary = summarise(rows, versions)
    (arguments.out / "summary.md").write_text(summary + "\n")
    print(summary)


if __name__ == "__main__":
    main()
