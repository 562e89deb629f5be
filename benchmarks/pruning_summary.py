#!/usr/bin/env python3
"""The tables of a folder that pruning.sh filled: means over seeds with 95 % intervals (Student's t), and every row.

    benchmarks/pruning_summary.py /tmp/pruning benchmarks/runs/2026-11-26-pruning

Writes summary.md and rows.csv.
"""

import csv
import json
import math
import sys
from pathlib import Path

# 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
METHODS = ["random", "critical", "ours"]
SHARES = [10, 20, 30, 40]
RANKINGS = {"elaraby": "ours", "random": "random", "critical": "critical"}


def accuracy(answer):
    return 100 * (answer["test_accuracy"] if "test_accuracy" in answer else answer["after"]["accuracy"])


def row(network, seed, folder):
    def read(name):
        return json.loads((folder / f"{name}.json").read_text())

    ours = read("ours")
    figures = {
        "network": network,
        "seed": seed,
        "reference": accuracy(read("reference")),
        "control_tuned": accuracy(read("control-tuned")),
    }
    for method in METHODS:
        answer = read(method)
        assert answer["removed"] == ours["removed"], (folder, method)
        figures[method] = accuracy(answer)
        figures[f"{method}_tuned"] = accuracy(read(f"{method}-tuned"))
    for method in ["random-positive", "other", "taylor", "magnitude"]:
        figures[method.replace("-", "_")] = accuracy(read(method))
    for share in SHARES:
        for method, name in RANKINGS.items():
            figures[f"{name}_{share}"] = accuracy(read(f"{share}-{method}"))
    programs = ours["programs"]
    figures |= {
        "removed": ours["removed"],
        "units": ours["units"],
        "units_pruned": 100 * ours["removed"] / ours["units"],
        "parameters_pruned": 100 * (1 - ours["after"]["parameters"] / ours["before"]["parameters"]),
        "largest_difference": max(read(method)["largest_difference"] for method in METHODS),
        "programs": len(programs),
        "proven": all(program["is_proven"] for program in programs),
        "program_seconds": max(program["solver_seconds"] for program in programs),
        "scoring_seconds": ours["scoring_seconds"],
        "other_scoring_seconds": read("other")["scoring_seconds"],
    }
    return figures


def interval(values):
    mean = sum(values) / len(values)
    if len(values) < 2:
        return f"{mean:.2f}"
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return f"{mean:.2f} ± {STUDENT[len(values) - 2] * deviation / math.sqrt(len(values)):.2f}"


def table(header, lines):
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *lines]) + "\n"


def main(source, target):
    source, target = Path(source), Path(target)
    target.mkdir(parents=True, exist_ok=True)
    rows = []
    for folder in sorted(source.glob("*/*/")):
        if (folder / f"{SHARES[-1]}-critical.json").exists():
            rows.append(row(folder.parent.name, int(folder.name), folder))
    with open(target / "rows.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        for figures in rows:
            rounded = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in figures.items()}
            writer.writerow(rounded)

    networks = sorted({figures["network"] for figures in rows})
    accuracies, sizes, others, shares = [], [], [], []
    for network in networks:
        of_network = [figures for figures in rows if figures["network"] == network]

        def over(key):
            return interval([figures[key] for figures in of_network])

        def wins(key, other):
            return sum(figures[key] > figures[other] for figures in of_network)

        columns = ["reference", "random", "critical", "ours"]
        tuned = ["control_tuned", "random_tuned", "critical_tuned", "ours_tuned"]
        accuracies.append([network, str(len(of_network))] + [over(key) for key in columns + tuned])
        sizes.append(
            [
                network,
                over("units_pruned"),
                over("parameters_pruned"),
                f"{wins('ours', 'random')} / {wins('ours', 'critical')}",
                f"{wins('ours_tuned', 'random_tuned')} / {wins('ours_tuned', 'critical_tuned')}",
                f"{max(figures['largest_difference'] for figures in of_network):.1e}",
                over("program_seconds"),
                over("scoring_seconds"),
                "all" if all(figures["proven"] for figures in of_network) else "not all",
            ]
        )
        columns = ["random", "random_positive", "ours", "other", "taylor", "magnitude"]
        others.append([network] + [over(key) for key in columns] + [over("other_scoring_seconds")])
        for share in SHARES:
            shares.append([network, str(share)] + [over(f"{name}_{share}") for name in RANKINGS.values()])
    header = ["network", "seeds", "reference", "random", "critical", "ours"]
    header += ["control, one epoch", "random, one epoch", "critical, one epoch", "ours, one epoch"]
    text = "Accuracy on the 10,000 test images in %, mean over seeds ± half of the 95 % interval:\n\n"
    text += table(header, accuracies)
    text += "\nSizes, seeds in which ours is above random / above critical, and times:\n\n"
    header = ["network", "units pruned %", "parameters pruned %", "ours above, before", "ours above, after"]
    header += ["masked and smaller differ by", "longest program s", "scoring s", "proven"]
    text += table(header, sizes)
    text += "\nOther rankings, as many units of each layer, before the extra epoch (random: from all units; positive: the "
    text += "authors' pool;\nother: the dearer program of pruning.sh, with its seconds of scoring):\n\n"
    header = ["network", "random", "random, positive", "ours", "other", "taylor", "magnitude", "other's s"]
    text += table(header, others)
    text += "\nThe same scores, a share of all hidden units removed, before any extra epoch:\n\n"
    text += table(["network", "units pruned %"] + list(RANKINGS.values()), shares)
    (target / "summary.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
