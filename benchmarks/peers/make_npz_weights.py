#!/usr/bin/env python3
"""Makes the small `.npz` archives of nn-core's tests with NumPy, and records what they compute.

python3 make_npz_weights.py --out ../../nn-core/tests/data/npz
"""

import argparse
import pathlib

import numpy

from recording import seeded_input, shortest, write_records

SIZES = (4, 5, 3, 2)
SEEDS = (1, 2)


def main():
    """The command line."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--out", type=pathlib.Path, required=True, help="the folder to write to")
    given = arguments.parse_args()

    given.out.mkdir(parents=True, exist_ok=True)
    records = []
    for name, (layers, arrays) in archives().items():
        save = numpy.savez_compressed if "compressed" in name else numpy.savez
        save(given.out / f"{name}.npz", **arrays)
        runs = [{"seed": seed, "output": shortest(evaluate(layers, seed))} for seed in SEEDS]
        records.append({"path": f"{name}.npz", "input_shape": [layers[0][0].shape[1]], "runs": runs})
    write_records(
        given.out / "numpy.json", {"recorded_with": {"numpy": numpy.__version__}}, "archives", records
    )
    print(f"{len(records)} archives, NumPy {numpy.__version__} -> {given.out}")


def archives():
    """The layers, as (outputs, inputs), and the arrays of each archive."""
    layers = random_layers(SIZES)
    square = random_layers((3, 3, 3))
    swapped = lambda weight: numpy.asfortranarray(weight)
    return {
        "short_names": (layers, short_names(layers, lambda weight: weight)),
        "short_names_inputs_first": (layers, short_names(layers, numpy.transpose)),
        "short_names_double_compressed": (
            layers,
            short_names(layers, lambda weight: weight.astype(numpy.float64)),
        ),
        "module_names": (layers, module_names(layers, [0, 2, 10])),
        "fortran_order": (layers, short_names(layers, swapped)),
        "big_endian": (layers, short_names(layers, lambda weight: weight.astype(">f4"))),
        "squares_outputs_first": (square, short_names(square, lambda weight: weight)),
        "without_bias": (
            [(weight, numpy.zeros_like(bias)) for weight, bias in layers],
            {f"fc{index}.weight": weight for index, (weight, _) in enumerate(layers)},
        ),
    }


def random_layers(sizes):
    """Reproducible float32 weights and biases, multiples of 1/64."""
    generator = numpy.random.RandomState(sum(sizes))
    draw = lambda *shape: (generator.randint(-64, 65, size=shape) / 64).astype(numpy.float32)
    return [(draw(outputs, inputs), draw(outputs)) for inputs, outputs in zip(sizes, sizes[1:])]


def short_names(layers, change):
    """W1, b1, W2, b2, ...; the biases as rows, as some programs keep them."""
    arrays = {}
    for index, (weight, bias) in enumerate(layers, start=1):
        arrays[f"W{index}"] = change(weight)
        arrays[f"b{index}"] = bias.reshape(1, -1)
    return arrays


def module_names(layers, numbers):
    """layers.0.weight, layers.0.bias, ... in an order that is not that of the layers."""
    named = [
        (f"layers.{number}.{role}", value)
        for number, layer in zip(numbers, layers)
        for role, value in zip(("weight", "bias"), layer)
    ]
    return dict(reversed(named))


def evaluate(layers, seed):
    """The output for a seeded input, in float64."""
    value = seeded_input(seed, [layers[0][0].shape[1]]).astype(numpy.float64)
    for index, (weight, bias) in enumerate(layers):
        value = weight.astype(numpy.float64) @ value + bias
        if index + 1 < len(layers):
            value = numpy.maximum(value, 0)
    return value


if __name__ == "__main__":
    main()
