#!/usr/bin/env python3
"""The tables and the figure of docs/sketch from what the sample `sketch` printed.

    swift run -c release sketch runs/sketch > results.jsonl
    python3 samples/sketch/table.py results.jsonl docs/sketch

Prints tables in Markdown and writes FOLDER/error.svg. Needs numpy and matplotlib.
"""
import json, os, sys
import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt

MEASURES = ["kl.in_sample.regret", "kl.in_sample.cosine", "kl.in_sample.norm", "kl.held_out.regret",
            "kl.estimate.regret", "euclidean.regret", "euclidean.cosine"]


def usable(entries, measure):
    """Truth, found and the standard error told, where all three are there; at ρ given, so that ρ of auto plays no part."""
    return np.array([e[measure] for e in entries
                     if e["weight"] == e["true_weight"] and all(v is not None for v in e[measure])], float)


def line(rows):
    """Bias, spread and error told, in percent of the truth, and the share of intervals that hold it."""
    truth, found, told = rows.T
    error = found / truth - 1
    return 100 * error.mean(), 100 * error.std(), 100 * (told / np.abs(truth)).mean(), np.mean(np.abs(found - truth) <= 1.96 * told)


def percent(value, digits=2):
    return f"{value:+.{digits}f}%".replace("-", "−")


def groups(entries, *keys):
    result = {}
    for e in entries:
        result.setdefault(tuple(e[k] for k in keys), []).append(e)
    return result


def main():
    entries = [json.loads(text) for text in open(sys.argv[1])]
    print("| population | P | k | KL regret, in-sample: bias | spread | told | intervals hold | without correction about | Euclidean: bias | spread | told | intervals hold |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (name, count, multiple), own in groups(entries, "population", "parameters", "multiple").items():
        bias, spread, told, held = line(usable(own, "kl.in_sample.regret"))
        flat = line(usable(own, "euclidean.regret"))
        raw = 100 * (np.sqrt(np.mean([e["correction"] for e in own if e["correction"]])) - 1)
        print(f"| {name} | {count:,} | {multiple} M | {percent(bias)} | {spread:.2f}% | {told:.2f}% | {held:.0%} | "
              f"{percent(raw, 1)} | {percent(flat[0])} | {flat[1]:.2f}% | {flat[2]:.2f}% | {flat[3]:.0%} |")
    print("\n| measure | " + " | ".join(f"k = {m} M" for m in sorted({e["multiple"] for e in entries})) + " |")
    print("|---|" + "---|" * len({e["multiple"] for e in entries}))
    for measure in MEASURES:
        cells = []
        for (_,), own in sorted(groups(entries, "multiple").items()):
            rows = usable(own, measure)
            if len(rows) == 0:
                worst = [line(usable(e, measure)) for e in []]
                cells.append("–")
                continue
            cells.append(f"{line(rows)[3]:.1%}")
        print(f"| `{measure}` | " + " | ".join(cells) + " |")
    print("\nρ of auto:")
    for (name, multiple), own in groups([e for e in entries if e["weight"] != e["true_weight"]], "population", "multiple").items():
        ratio = np.array([e["weight"] / e["true_weight"] for e in own])
        print(f"{name}, {multiple} M: {percent(100 * (ratio.mean() - 1), 1)} ± {100 * ratio.std():.1f}%")
    figure(entries, os.path.join(sys.argv[2], "error.svg"))


def figure(entries, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    plt.rcParams.update({"svg.fonttype": "none", "font.size": 9, "svg.hashsalt": "sketch"})
    fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.6))
    colors = ["#0066b3", "#007a5a", "#a0407a", "#b35900"]
    for color, ((name,), own) in zip(colors, groups(entries, "population").items()):
        points = [(m, line(usable(e, "kl.in_sample.regret")), 100 * (1 - np.sqrt(np.mean([x["correction"] for x in e]))))
                  for (m,), e in sorted(groups(own, "multiple").items())]
        sizes = [p[0] for p in points]
        axes[0].plot(sizes, [abs(p[1][0]) for p in points], color=color, marker="o", markersize=3.5, linewidth=1.2, label=name)
        axes[0].plot(sizes, [p[2] for p in points], color=color, linestyle=":", linewidth=1)
        axes[1].plot(sizes, [p[1][1] for p in points], color=color, marker="o", markersize=3.5, linewidth=1.2)
        axes[1].plot(sizes, [p[1][2] for p in points], color=color, linestyle="--", linewidth=1)
    axes[0].plot([], [], color="#444", linestyle=":", linewidth=1, label="without the correction")
    axes[0].set_ylim(bottom=3e-4)
    axes[1].plot([], [], color="#444", linestyle="--", linewidth=1, label="the standard error told")
    for axis, title in zip(axes, ("bias of the KL regret [%]", "spread over sketches [%]")):
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xlabel("width k ÷ factor rows M")
        axis.set_title(title, fontsize=9, loc="left")
        ticks = sorted({e["multiple"] for e in entries})
        axis.set_xticks(ticks, [str(t) for t in ticks])
        axis.axhline(1, color="#444", linewidth=0.6)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        axis.legend(frameon=False, fontsize=7.5)
    fig.tight_layout()
    fig.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
