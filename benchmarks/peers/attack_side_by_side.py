#!/usr/bin/env python3
"""PGD of greymatter beside PyTorch's, on the same network, images, steps, step size, restarts and kind of start.

    benchmarks/peers/attack_side_by_side.py --network WK17a_linf0.1_mnist.onnx --data ../shared/data \\
        --images 0..1000 --epsilon 0.1 --greymatter target/release/greymatter --out comparison.json

Four implementations: a plain loop in PyTorch, torchattacks, Foolbox, and `greymatter eval --under pgd`. All run on one core,
in turns, several times. Compared are

- accuracy under attack. greymatter and the plain loop count an image as fooled where any iterate fools the network;
  torchattacks and Foolbox look at the last iterate alone, and so does the loop's second figure. From a clean start nothing
  is random, and the two must agree image by image but for roundings; from random starts they agree on average.
- image steps a second: gradients, each of one image, by the processor time of the attack alone, which other load on the
  machine changes least. From greymatter's is taken what `greymatter eval` without an attack costs (reading files, clean
  accuracy).

Then `greymatter attack` writes its adversarial images, and each must lie in the ball and in [0, 1] in exact arithmetic, tolerance
0, and be misclassified by onnxruntime. Exits with 1 where one does not, or where accuracies differ by more than 0.5 points.

Needs the Python packages foolbox, numpy, onnx, onnxruntime, torch and torchattacks. Last run with the versions that
docs/benchmarks.md names; those of a run stand in its output.
"""

import os

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402
import gzip  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from fractions import Fraction  # noqa: E402

import foolbox  # noqa: E402
import numpy  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
import torchattacks  # noqa: E402
from onnx import numpy_helper  # noqa: E402

PACKAGES = ("foolbox", "numpy", "onnx", "onnxruntime", "torch", "torchattacks")

# As many images as greymatter attacks side by side; PyTorch is fastest near it, too.
BATCH = 128

# Accuracies under the same attack may differ by this much.
POINTS = 0.5


def read_network(path):
    """A chain of Conv, Gemm, Relu and Flatten as PyTorch's own layers, so that PyTorch runs at its best."""
    graph = onnx.load(path).graph
    tensors = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    layers = []
    for node in graph.node:
        attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        if node.op_type == "Conv":
            weight, bias = (tensors[name] for name in node.input[1:])
            top, left, bottom, right = attributes["pads"]
            if (top, left) != (bottom, right):
                raise SystemExit(f"{path}: node {node.name or node.op_type} is padded unevenly")
            outputs, inputs, height, width = weight.shape
            layer = torch.nn.Conv2d(inputs, outputs, (height, width), attributes["strides"], (top, left))
            layer.load_state_dict({"weight": weight, "bias": bias})
        elif node.op_type == "Gemm":
            weight, bias = (tensors[name] for name in node.input[1:])
            weight = weight if attributes.get("transB") == 1 else weight.T
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
            layer.load_state_dict({"weight": weight, "bias": bias})
        elif node.op_type == "Relu":
            layer = torch.nn.ReLU()
        elif node.op_type == "Flatten":
            layer = torch.nn.Flatten()
        else:
            raise SystemExit(f"{path}: this script knows chains of Conv, Gemm, Relu and Flatten, not {node.op_type}")
        layers.append(layer)
    return torch.nn.Sequential(*layers).requires_grad_(False).eval()


def read_mnist(folder, images):
    """Test images, (count, 1, 28, 28), and their labels."""
    with gzip.open(folder / "mnist" / "t10k-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16).reshape(-1, 1, 28, 28)[images]
    with gzip.open(folder / "mnist" / "t10k-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=8)[images]
    return pixels.astype(numpy.float32) / numpy.float32(255), labels.astype(numpy.int64)


def batches(images, labels):
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)
    return zip(images.split(BATCH), labels.split(BATCH))


def plain_loop(network, images, labels, settings, seed):
    """Madry's PGD. For each image whether any iterate is misclassified, and whether the last one is."""
    torch.manual_seed(seed)
    any_iterate, last_iterate = [], []
    for x, y in batches(images, labels):
        fooled = network(x).argmax(1) != y
        last = fooled.clone()
        for _ in range(settings.restarts):
            iterate = x
            if settings.begin == "random":
                iterate = (x + torch.empty_like(x).uniform_(-settings.epsilon, settings.epsilon)).clamp(0, 1)
            for _ in range(settings.steps):
                iterate = iterate.detach().requires_grad_(True)
                logits = network(iterate)
                fooled |= logits.detach().argmax(1) != y
                loss = torch.nn.functional.cross_entropy(logits, y, reduction="sum")
                (gradient,) = torch.autograd.grad(loss, iterate)
                moved = iterate.detach() + settings.step_size * gradient.sign()
                iterate = (x + (moved - x).clamp(-settings.epsilon, settings.epsilon)).clamp(0, 1)
            wrong = network(iterate).argmax(1) != y
            last |= wrong
            fooled |= wrong
        any_iterate.append(fooled.numpy())
        last_iterate.append(last.numpy())
    return numpy.concatenate(any_iterate), numpy.concatenate(last_iterate)


def torchattacks_pgd(network, images, labels, settings, seed):
    torch.manual_seed(seed)
    attack = torchattacks.PGD(
        network, settings.epsilon, settings.step_size, settings.steps, random_start=settings.begin == "random"
    )
    return last_iterates(network, images, labels, settings, attack)


def foolbox_pgd(network, images, labels, settings, seed):
    torch.manual_seed(seed)
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(
        abs_stepsize=settings.step_size, steps=settings.steps, random_start=settings.begin == "random"
    )
    return last_iterates(
        network, images, labels, settings, lambda x, y: attack(model, x, y, epsilons=settings.epsilon)[1]
    )


def last_iterates(network, images, labels, settings, attack):
    """For each image whether the last iterate of any restart is misclassified."""
    fooled = []
    for x, y in batches(images, labels):
        wrong = network(x).argmax(1) != y
        for _ in range(settings.restarts):
            wrong |= network(attack(x, y)).argmax(1) != y
        fooled.append(wrong.numpy())
    return numpy.concatenate(fooled)


def greymatter_arguments(settings, seed):
    return [
        str(settings.network), "--data", "mnist", "--data-dir", str(settings.data), "--images", settings.images,
        "--epsilon", repr(settings.epsilon), "--steps", str(settings.steps), "--step-size", repr(settings.step_size),
        "--restarts", str(settings.restarts), "--begin", settings.begin, "--loss", "ce", "--seed", str(seed),
        "--jobs", "1", "--json",
    ]  # fmt: skip


def greymatter_eval(settings, seed):
    """The answer of `greymatter eval --under pgd`, and the processor time of the attack."""
    program = str(settings.greymatter.resolve())
    clean = [str(settings.network), "--data", "mnist", "--data-dir", str(settings.data), "--images", settings.images]
    _, start = run_timed([program, "eval", *clean, "--json"])
    answer, whole = run_timed([program, "eval", *greymatter_arguments(settings, seed), "--under", "pgd"])
    return answer, whole - start


def run_timed(command):
    """What a program prints as JSON, and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return answer, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def check_examples(settings, images, labels):
    """Attacks by `greymatter attack`, and what is wrong with the adversarial images that it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(settings.greymatter.resolve()), "attack", *greymatter_arguments(settings, 0)]
        command += ["--method", "pgd", "--targets", "untargeted", "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path = pathlib.Path(folder)
        rows = [json.loads(line) for line in (path / "rows.jsonl").read_text().splitlines()]
        witnesses = [json.loads(line) for line in (path / "witnesses.jsonl").read_text().splitlines()]
    session = onnxruntime.InferenceSession(str(settings.network), providers=["CPUExecutionProvider"])
    first = settings.first
    epsilon = Fraction(settings.epsilon)
    faults = []
    for witness in witnesses:
        index = witness["image"]
        # Written with as many digits as a number in single precision needs.
        found = numpy.array(witness["input"], dtype=numpy.float32)
        if not ((found >= 0) & (found <= 1)).all():
            faults.append(f"image {index}: outside [0, 1]")
        pairs = zip(found.tolist(), images[index - first].ravel().tolist())
        distance = max(abs(Fraction(a) - Fraction(b)) for a, b in pairs)
        if distance > epsilon:
            faults.append(f"image {index}: {float(distance - epsilon)} outside the ball")
        (logits,) = session.run(None, {session.get_inputs()[0].name: found.reshape(1, 1, 28, 28)})
        if logits[0].argmax() == labels[index - first]:
            faults.append(f"image {index}: onnxruntime finds the label's class")
    adversarial = {row["image"] for row in rows if row["adversarial"]}
    if adversarial != {witness["image"] for witness in witnesses}:
        faults.append("rows and witnesses do not belong together")
    return {"adversarial": len(adversarial), "images": len(rows), "faults": faults}


def compare(network, images, labels, settings):
    """Everything in turns, `repeats` times, each time with another seed."""
    torch_loops = {
        "plain loop": lambda seed: plain_loop(network, images, labels, settings, seed),
        "torchattacks": lambda seed: torchattacks_pgd(network, images, labels, settings, seed),
        "foolbox": lambda seed: foolbox_pgd(network, images, labels, settings, seed),
    }
    accuracy, rates = {}, {}
    steps = len(labels) * settings.steps * settings.restarts
    for seed in range(settings.repeats):
        for name, attack in torch_loops.items():
            started = time.process_time()
            fooled = attack(seed)
            rates.setdefault(name, []).append(steps / (time.process_time() - started))
            figures = {name: fooled}
            if name == "plain loop":
                figures = {name: fooled[0], "plain loop, last iterate": fooled[1]}
            for figure, fooled in figures.items():
                accuracy.setdefault(figure, []).append(1 - float(fooled.mean()))
        ours, seconds = greymatter_eval(settings, seed)
        accuracy.setdefault("greymatter", []).append(ours["robust_accuracy"])
        rates.setdefault("greymatter", []).append(ours["image_steps"] / seconds)
        print(f"turn {seed}: " + ", ".join(f"{name} {rate[-1]:.0f}/s" for name, rate in rates.items()), flush=True)
    return {
        "clean_accuracy": ours["accuracy"],
        "accuracy_under_attack": accuracy,
        "image_steps_per_second": rates,
        "greymatter_times_faster": {
            name: statistics.median(a / b for a, b in zip(rates["greymatter"], rates[name])) for name in torch_loops
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder that holds mnist/")
    parser.add_argument("--images", default="0..1000", help="such as 0..1000, without 1000")
    parser.add_argument("--epsilon", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--step-size", type=float, default=0.01)
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--begin", choices=("clean", "random"), default="random")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--core", type=int, default=0, help="the processor that everything runs on")
    parser.add_argument("--greymatter", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a JSON file")
    settings = parser.parse_args()

    os.sched_setaffinity(0, {settings.core})
    torch.set_num_threads(1)
    settings.first, last = (int(part) for part in settings.images.split(".."))
    network = read_network(settings.network)
    images, labels = read_mnist(settings.data, slice(settings.first, last))
    result = compare(network, images, labels, settings)
    result["examples"] = check_examples(settings, images, labels)
    result["settings"] = {key: str(value) for key, value in vars(settings).items()}
    result["versions"] = {package: importlib.metadata.version(package) for package in PACKAGES}
    settings.out.write_text(json.dumps(result, indent=1) + "\n")

    mean = {name: 100 * statistics.mean(values) for name, values in result["accuracy_under_attack"].items()}
    for name, percent in mean.items():
        print(f"{name}: {percent:.2f} % under attack")
    for name, ratio in result["greymatter_times_faster"].items():
        print(f"greymatter makes {ratio:.2f} times as many steps a second as {name}")
    faults = result["examples"]["faults"]
    print(f"{result['examples']['adversarial']} adversarial images, {len(faults)} faults", *faults, sep="\n")
    if abs(mean["greymatter"] - mean["plain loop"]) > POINTS:
        faults.append("accuracies under attack differ")
        print(faults[-1])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
