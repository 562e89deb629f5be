"""What the recording scripts share: seeded inputs, versions, compact JSON.

Inputs are not stored: a seed stands for them. `nn-core/tests/files/common.rs` computes the same ones.
"""

import json
import platform

import numpy
import onnx
import onnxruntime


def seeded_input(seed, shape):
    """Values in [-1, 1) from a linear congruential generator; multiples of 2^-23, hence exact in float32."""
    state = seed
    values = []
    for _ in range(int(numpy.prod(shape, dtype=numpy.int64))):
        state = (1664525 * state + 1013904223) % 2**32
        values.append((state >> 8) / 2**23 - 1)
    return numpy.array(values, dtype=numpy.float32).reshape(shape)


def versions():
    """The programs whose numbers are recorded."""
    return {
        "python": platform.python_version(),
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": numpy.__version__,
    }


def shortest(values):
    """float32 values as the shortest decimals that read back as the same float32."""
    return [float(str(value)) for value in numpy.asarray(values, dtype=numpy.float32).ravel()]


def session(model):
    """An onnxruntime session for a path or bytes, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run_seeds(model, seeds, batch_size=1):
    """The input's shape, with symbolic sizes as `batch_size`, and the flattened output for each seed."""
    running = session(model)
    (declared,) = running.get_inputs()
    shape = [size if isinstance(size, int) and size > 0 else batch_size for size in declared.shape]
    element = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64}[declared.type]
    runs = []
    for seed in seeds:
        output = running.run(None, {declared.name: seeded_input(seed, shape).astype(element)})[0]
        runs.append({"seed": seed, "output": shortest(output)})
    return shape, runs


def write_records(path, heading, key, records):
    """One JSON object: the heading's entries, then `key` with one record a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(value)}," for name, value in heading.items()]
    rows = ",\n".join(json.dumps(record) for record in records)
    text = "{\n" + "\n".join(lines) + f"\n{json.dumps(key)}: [\n{rows}\n]\n}}\n"
    path.write_text(text, encoding="ascii")
