#!/usr/bin/env python3
"""The table and the figure of docs/estimate from what suite.py wrote.

    python3 Benchmarks/estimate/suite.py --results results.json
    python3 Benchmarks/estimate/table.py results.json docs/estimate

Prints the tables in Markdown and writes FOLDER/bias.svg. Needs numpy and matplotlib.
"""
import json, os, sys
import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt
from suite import MEASURES, holds, line, share


def settings(entries):
    """Entries of each population, number of minibatches and rho asked for, in the order in which they came."""
    groups = {}
    for e in entries:
        groups.setdefault((e["population"], e["minibatches"], e["rows"], e["asked"]), []).append(e)
    return groups


def percent(value):
    return "–" if np.isnan(value) else f"{value:+.0%}".replace("-", "−") if abs(value) >= 0.1 else f"{value:+.1%}".replace("-", "−")


def table(groups):
    print("| population | N | M | ρ | in-sample | held-out | estimate | spread | capped | thin | supported | its intervals hold |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (name, count, rows, asked), entries in groups.items():
        weight, inside, out, own, spread, capped, thin, supported, covered = line(entries)
        print(f"| {name} | {count} | {rows:,} | {weight:.2f}{' (auto)' if asked == 'auto' else ''} | {percent(inside)} | "
              f"{percent(out)} | {percent(own)} | {spread:.0%} | {capped:.2f} | {thin:.2f} | {supported:.0%} | "
              f"{covered[0]:.0%} |")


def coverage(entries):
    print("\n| measure | supported | not supported |")
    print("|---|---|---|")
    for measure in MEASURES:
        shares = [share([holds(e[measure], e["truth"][measure]) for e in entries if e["supported"] == flag])
                  for flag in (True, False)]
        print(f"| `{measure}` | {shares[0]:.1%} | {shares[1]:.1%} |")


def figure(groups, path):
    plt.rcParams.update({"svg.fonttype": "none", "font.size": 9, "svg.hashsalt": "estimate"})
    fig, axis = plt.subplots(figsize=(7.2, 4.2))
    for entries in groups.values():
        _, inside, out, own, _, capped, thin, supported, _ = line(entries)
        place = max(capped / 0.25, thin / 0.03)
        for value, color, marker, size in ((inside, "#007a5a", "v", 14), (out, "#0066b3", "^", 14), (own, "#a0407a", "o", 22)):
            axis.scatter(max(place, 0.01), 100 * np.clip(value, -0.6, 1), s=size, c=color, marker=marker, linewidths=0, alpha=0.85)
    axis.set_xscale("log")
    axis.axvline(1, color="#444", linewidth=0.8, linestyle=":")
    axis.axhspan(-5, 5, color="#a0407a", alpha=0.12, linewidth=0)
    axis.axhline(0, color="#444", linewidth=0.8)
    axis.set_xlabel("capped ÷ 0.25 or thin ÷ 0.03, whichever is larger: left of the line the report says that the estimate is supported")
    axis.xaxis.label.set_size(7.5)
    axis.set_ylabel("bias of the mean regret [%]")
    for color, marker, name in (("#a0407a", "o", "estimate"), ("#0066b3", "^", "held-out"), ("#007a5a", "v", "in-sample")):
        axis.scatter([], [], c=color, marker=marker, s=22, linewidths=0, label=name)
    axis.legend(frameon=False, loc="upper left")
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    fig.tight_layout()
    fig.savefig(path, metadata={"Date": None})


def main():
    with open(sys.argv[1]) as file:
        entries = json.load(file)
    groups = settings(entries)
    table(groups)
    coverage(entries)
    os.makedirs(sys.argv[2], exist_ok=True)
    figure(groups, os.path.join(sys.argv[2], "bias.svg"))


if __name__ == "__main__":
    main()
