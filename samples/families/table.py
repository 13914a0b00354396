#!/usr/bin/env python3
"""The tables and figures of docs/study/again.md from what the sample `families` recorded.

    swift run -c release families runs/families
    python3 samples/families/table.py runs/families docs/study > docs/study/again-tables.md

Each comparison is one of `inspect compare`, whose JSON is kept beside the models. Prints tables in Markdown; the figures are
`inspect compare`'s, FOLDER/again-PROBLEM.svg. Needs numpy; `--inspect COMMAND` names another inspect than
`.build/release/inspect`.
"""
import argparse, json, os, subprocess
import numpy as np

PROBLEMS = {"digits": ("0.8", "0.5"), "mixture": ("0.6", "0.3"), "regression": ("0.9", "0.7")}
ACROSS = "transfer.train.heldout."
LOSS_EXCESS = ACROSS + "loss_excess"
OPTIONS = ["--given", LOSS_EXCESS, "--fisher-group", "all", "--damping", "diagonal:0.4",
           "--measures", "regret,held-out,path,fisher,estimate,parameters"]
# Name, path, and the sign that τ is expected to have.
GROUPS = [
    ("train → held-out", [
        ("KL excess, estimate", ACROSS + "kl.estimate.excess", 1), ("KL excess, held-out", ACROSS + "kl.held_out.excess", 1),
        ("Euclidean excess", ACROSS + "euclidean.excess", 1),
        ("KL transfer, estimate", ACROSS + "kl.estimate.transfer", -1),
        ("KL transfer, held-out", ACROSS + "kl.held_out.transfer", -1),
        ("Euclidean transfer", ACROSS + "euclidean.transfer", -1)]),
    ("train → train", [
        ("KL regret, estimate", "kl.estimate.regret", 1), ("the same, median", "related.estimate.median_regret", 1),
        ("the same, geometric mean", "related.estimate.geometric_mean_regret", 1),
        ("KL regret, held-out", "kl.held_out.regret", 1), ("the same, median", "related.held_out.median_regret", 1),
        ("the same, geometric mean", "related.held_out.geometric_mean_regret", 1),
        ("KL regret, in-sample", "kl.in_sample.regret", 1), ("the same, median", "related.in_sample.median_regret", 1),
        ("the same, geometric mean", "related.in_sample.geometric_mean_regret", 1),
        ("the same, ρ = 0.001", "damping_path[0.001].regret", 1), ("the same, ρ = 0.01", "damping_path[0.01].regret", 1),
        ("the same, ρ = 0.1", "damping_path[0.1].regret", 1), ("the same, ρ = 1", "damping_path[1.0].regret", 1),
        ("Euclidean regret", "euclidean.regret", 1), ("the same, median", "related.euclidean.median_regret", 1),
        ("the same, geometric mean", "related.euclidean.geometric_mean_regret", 1)]),
    ("contrast", [
        ("KL regret ratio", "related.in_sample.regret_ratio", 1),
        ("Euclidean regret ratio", "related.euclidean.regret_ratio", 1), ("contrast", "euclidean.contrast", 1)]),
    ("the field's", [
        ("gradient disparity", "related.euclidean.disparity", 1), ("KL disparity", "related.in_sample.disparity", 1),
        ("stiffness, signs", "related.euclidean.stiffness", -1), ("stiffness, cosines", "euclidean.cosine", -1),
        ("KL cosine, estimate", "kl.estimate.cosine", -1), ("one-step ratio", "related.euclidean.one_step_ratio", -1),
        ("gradient norm", "euclidean.norm", 1), ("TIC, estimate", "kl.estimate.tic", 1), ("TIC, held-out", "kl.held_out.tic", 1),
        ("Fisher trace", "fisher.trace", 1), ("sharpness, by filter", "slices.filter.sharpness.mean_loss", 1),
        ("weight norm", "weight_norm", 1), ("number of parameters", "parameter_count", 1)]),
]
# What was thought of, or could be measured, after the rules were fixed: in the tables, and in no choice.
LATER = ("not fixed beforehand", [
    ("held-out less training loss", LOSS_EXCESS, 1),
    ("KL excess, estimate, median", ACROSS + "kl.estimate.median_excess", 1),
    ("the same, geometric mean", ACROSS + "kl.estimate.geometric_mean_excess", 1),
    ("KL excess, held-out, median", ACROSS + "kl.held_out.median_excess", 1),
    ("the same, geometric mean", ACROSS + "kl.held_out.geometric_mean_excess", 1),
    ("KL excess, in-sample", ACROSS + "kl.in_sample.excess", 1),
    ("the same, median", ACROSS + "kl.in_sample.median_excess", 1),
    ("the same, geometric mean", ACROSS + "kl.in_sample.geometric_mean_excess", 1),
    ("the same, ρ = 0.001", "damping_path[0.001].excess.heldout", 1), ("the same, ρ = 0.01", "damping_path[0.01].excess.heldout", 1),
    ("the same, ρ = 0.1", "damping_path[0.1].excess.heldout", 1), ("the same, ρ = 1", "damping_path[1.0].excess.heldout", 1),
    ("KL transfer, in-sample", ACROSS + "kl.in_sample.transfer", -1),
    *[(f"the same, ρ = {w:g}", f"damping_path[{w}].transfer.heldout", -1) for w in (0.001, 0.01, 0.1, 1.0)],
    *[(f"KL regret ratio, ρ = {w:g}", f"damping_path[{w}].regret_ratio", 1) for w in (0.001, 0.01, 0.1, 1.0)],
    ("Euclidean excess, median", ACROSS + "euclidean.median_excess", 1),
    ("the same, geometric mean", ACROSS + "euclidean.geometric_mean_excess", 1),
    ("Fisher–Rao norm", "related.parameters.fisher_rao", 1), ("relative flatness", "related.parameters.relative_flatness", 1),
    ("relative flatness, last tensor", "related.parameters.relative_flatness_last", 1),
    ("signal-to-noise ratio", "related.parameters.signal_to_noise", -1)])
KL_EXCESS, HELD_OUT_EXCESS, EUCLIDEAN_EXCESS = GROUPS[0][1][:3]
EVERY = [entry for _, entries in GROUPS for entry in entries]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("root")
parser.add_argument("folder")
parser.add_argument("--inspect", default=".build/release/inspect")
a = parser.parse_args()


def inspect(problem, loss, half, *more):
    """What one comparison prints."""
    directory = f"{a.root}/{problem}-{loss}/{half}"
    runs = sorted(d.path for d in os.scandir(directory) if d.is_dir())
    return subprocess.run([a.inspect, "compare", *runs, *OPTIONS, *more, "--quiet"], stdout=subprocess.PIPE, check=True)


def compare(problem, loss, half, *more):
    """The JSON of one comparison; made once."""
    kept = f"{a.root}/{problem}-{loss}/{half}{''.join(more).replace('--', '-')}.json"
    if not os.path.exists(kept):
        done = inspect(problem, loss, half, *more, "--format", "json")
        with open(kept + ".part", "wb") as f:
            f.write(done.stdout)
        os.rename(kept + ".part", kept)
    with open(kept) as f:
        return json.load(f)


def rows(report):
    return {row["measure"]: row for row in report["correlations"]["measures"]}


def number(value):
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def says(row, sign):
    """Whether a measure says something by the rule that was fixed."""
    if row is None or row["tau"] is None or row["interval"] is None or row["granulated_tau"] is None:
        return False
    low, high = sorted(sign * row["interval"][k] for k in ("lower", "upper"))
    return low > 0 and sign * row["granulated_tau"] > 0


def table(reports):
    """A line for each measure, three columns for each problem."""
    print("| measure | " + " | ".join(f"{p}: τ (95% interval) | Ψ | sign error" for p in reports) + " |")
    print("|---|" + "---|---|---|" * len(reports))
    for title, entries in [*GROUPS, LATER]:
        print(f"| **{title}** |" + " | | |" * len(reports))
        for name, path, sign in entries:
            cells = []
            for report in reports.values():
                row = rows(report).get(path)
                if row is None or row["tau"] is None:
                    cells += ["–", "–", "–"]
                    continue
                interval = row["interval"] or {"lower": None, "upper": None}
                tau = f"{number(row['tau'])} ({number(interval['lower'])} to {number(interval['upper'])})"
                error = row["sign_error"] and (row["sign_error"]["mean"] if sign > 0 else 1 - row["sign_error"]["mean"])
                models = "" if row["runs"] == report["correlations"]["runs"] else f" of {row['runs']}"
                cells += [(f"**{tau}**" if says(row, sign) else tau) + models, number(row["granulated_tau"]), number(error)]
            print(f"| {name}{' (less is expected)' if sign < 0 else ''} | " + " | ".join(cells) + " |")
    print()


def mean_tau(reports, path, sign):
    """Mean of τ in the expected direction over the problems; nil where one lacks it."""
    found = [rows(r).get(path) for r in reports.values()]
    if any(row is None or row["tau"] is None for row in found):
        return None
    return sign * float(np.mean([row["tau"] for row in found]))


def choices(settle, report):
    print("| family | settled on | mean τ, `settle` | mean τ, `report` | says something in |")
    print("|---|---|---|---|---|")
    families = {
        "KL, train → train": [e for e in GROUPS[1][1] if "euclidean" not in e[1]],
        "Euclidean, train → train": [e for e in GROUPS[1][1] if "euclidean" in e[1]],
        "KL, train → held-out": [e for e in GROUPS[0][1] if "euclidean" not in e[1]],
        "Euclidean, train → held-out": [e for e in GROUPS[0][1] if "euclidean" in e[1]],
        "KL, all of these": [e for g in GROUPS[:2] for e in g[1] if "euclidean" not in e[1]],
        "Euclidean, all of these": [e for g in GROUPS[:2] for e in g[1] if "euclidean" in e[1]],
        "gradient norm": [e for e in EVERY if e[1] == "euclidean.norm"],
        "all measures": EVERY,
    }
    for title, entries in families.items():
        known = [(mean_tau(settle, p, s), n, p, s) for n, p, s in entries if mean_tau(settle, p, s) is not None]
        if not known:
            print(f"| {title} | none that all have | – | – | – |")
            continue
        best = max(known, key=lambda k: k[0])
        where = [p for p, r in report.items() if says(rows(r).get(best[2]), best[3])]
        print(f"| {title} | `{best[2]}` | {number(best[0])} | {number(mean_tau(report, best[2], best[3]))} | {', '.join(where) or 'none'} |")
    print()


def contrasts(reports):
    """Batch 8 against the full batch."""
    print("| measure | " + " | ".join(f"{p}: batch 8 | full | difference (95% interval)" for p in reports) + " |")
    print("|---|" + "---|---|---|" * len(reports))
    paths = [("generalization gap", "generalization_gap")] + [
        (n, p) for n, p, _ in EVERY if p in (
            ACROSS + "kl.held_out.excess", ACROSS + "euclidean.excess", "kl.estimate.regret", "kl.held_out.regret",
            "euclidean.regret", "euclidean.norm", "euclidean.cosine", "fisher.trace", "slices.filter.sharpness.mean_loss",
            "weight_norm")]
    for name, path in paths:
        cells = []
        for report in reports.values():
            found = {r["measure"]: r for r in (report["contrast"] or {"measures": []})["measures"]}.get(path)
            if not found or found.get("difference") is None:
                cells += ["–", "–", "–"]
                continue
            i = found["interval"]
            cells += [f"{found['small']:.3g}", f"{found['large']:.3g}",
                      f"{found['difference']:.3g}" + (f" ({i['lower']:.3g} to {i['upper']:.3g})" if i else "")]
        print(f"| {name} | " + " | ".join(c.replace("-", "−") if c != "–" else c for c in cells) + " |")
    print()


def beside_losses(reports):
    """The plain difference of the recorded minibatches' losses, and what measures say beyond it: partial τ given it."""
    print("| problem | τ of held-out less training loss | " + " | ".join(
        f"{n}: τ, partial (95% interval)" for n, _, _ in (KL_EXCESS, HELD_OUT_EXCESS, EUCLIDEAN_EXCESS)) + " |")
    print("|---|---|---|---|---|")
    for problem, report in reports.items():
        cells = [number(rows(report)[LOSS_EXCESS]["tau"])]
        for _, measure, _ in (KL_EXCESS, HELD_OUT_EXCESS, EUCLIDEAN_EXCESS):
            row = rows(report)[measure]
            partial = row["partial"]
            ends = partial["interval"] or {"lower": None, "upper": None}
            cells.append(f"{number(row['tau'])}, {number(partial['tau'])} ({number(ends['lower'])} to {number(ends['upper'])})")
        print(f"| {problem} | " + " | ".join(cells) + " |")
    print()


def figure(problem, report):
    """τ of the measures in the tables, as `inspect compare` draws it."""
    known = {m for run in report["runs"] for m in run["measures"]}
    # Other summaries and other ρ stand in the tables alone.
    shown = [path for name, path, _ in [*EVERY, *LATER[1]]
             if path in known and not name.startswith("the same") and "ρ = " not in name]
    done = inspect(problem, PROBLEMS[problem][1], "report", "--correlate", ",".join(shown), "--format", "svg")
    with open(os.path.join(a.folder, f"again-{problem}.svg"), "wb") as f:
        f.write(done.stdout)


print("# Tables of [the study, asked again](again.md)\n\nBold: says something by the rule that was fixed beforehand. *of n*: models that have "
      "the measure, where not all do. Signs of errors are of the expected direction.\n")
first = {h: {p: compare(p, l[0], h) for p, l in PROBLEMS.items()} for h in ("settle", "report")}
second = {h: {p: compare(p, l[1], h) for p, l in PROBLEMS.items()} for h in ("settle", "report")}
ahead = {h: {p: compare(p, l[0], h, "--gap", "final_gap") for p, l in PROBLEMS.items()} for h in ("settle", "report")}
for title, halves in [("Second loss", second), ("First loss", first), ("First loss, gap at the second", ahead)]:
    print(f"## {title}\n")
    choices(halves["settle"], halves["report"])
    table(halves["report"])
print("## Batch 8 against the full batch, second loss, `report`\n")
contrasts(second["report"])
print("## Beside the losses of the same minibatches, `report`; not fixed beforehand\n")
for halves in (second, first):
    beside_losses(halves["report"])
for problem, report in second["report"].items():
    figure(problem, report)
