#!/usr/bin/env python3
"""Makes the small ONNX models of nn-core's tests, and records what onnxruntime computes on them.

`supported/` gets one model for each operator and combination of attributes that nn-core reads, `refused/` models that
it must refuse. `models.json` beside them holds onnxruntime's outputs for the former on seeded inputs, and for the
latter a part of the message that is expected.

    python3 make_operator_models.py --out ../../nn-core/tests/data/operators
"""

import argparse
import pathlib
import shutil

import onnx
import onnx.checker

from operator_models import refused, supported
from recording import run_seeds, versions, write_records

SEEDS = (1,)


def main():
    """The command line."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--out", type=pathlib.Path, required=True, help="the folder to replace")
    given = arguments.parse_args()

    shutil.rmtree(given.out, ignore_errors=True)
    records = []
    for name, model in supported.models().items():
        onnx.checker.check_model(model, full_check=True)
        shape, runs = run_seeds(model.SerializeToString(), SEEDS)
        records.append(
            {"path": save(given.out, "supported", name, model), "input_shape": shape, "runs": runs}
        )
    refusals = []
    for name, (model, message) in refused.models().items():
        refusals.append({"path": save(given.out, "refused", name, model), "message": message})
    write_records(given.out / "supported.json", {"recorded_with": versions()}, "models", records)
    write_records(given.out / "refused.json", {}, "models", refusals)
    size = sum(path.stat().st_size for path in given.out.rglob("*.*"))
    print(
        f"{len(records)} supported and {len(refusals)} refused models, {size} bytes, {versions()} -> {given.out}"
    )


def save(folder, kind, name, model):
    """Writes a model; its path below the folder."""
    path = pathlib.Path(kind) / f"{name}.onnx"
    (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(model.SerializeToString())
    return path.as_posix()


if __name__ == "__main__":
    main()
