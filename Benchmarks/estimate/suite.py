#!/usr/bin/env python3
"""How right kl.estimate is: populations with known truth, through the built command.

    python3 Benchmarks/estimate/suite.py [--draws 40] [--only NAME] [--results FILE.json]

Prints a table for each population, number of minibatches and rho: bias of in-sample, held-out and the estimate, and the
share of 95% intervals that hold the truth. Needs numpy and h5py, and `swift build -c release --product inspect`.
"""
import argparse, json, os, subprocess, sys, tempfile
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../samples/python"))
from write_checkpoint import write_checkpoint
from populations import all_populations

INSPECT = os.environ.get("INSPECT") or os.path.join(HERE, "../../.build/release/inspect")
RHOS = ["auto", "0.1", "0.3", "0.6"]
MEASURES = ["kl.estimate.regret", "kl.estimate.cosine", "kl.estimate.norm", "kl.estimate.relative_regret",
            "kl.estimate.tic", "kl.estimate.noise_scale", "euclidean.regret", "euclidean.cosine", "euclidean.norm",
            "euclidean.noise_scale"]


def at(value, path):
    for key in path.split("."):
        value = value and value[key]
    return value


def audit(files, rho):
    damping = rho if rho == "auto" else f"diagonal:{rho}"
    result = subprocess.run(
        [INSPECT, *files, "--no-cache", "--own-damping", "--format", "json", "--damping", damping, "--measures", "regret,held-out,estimate"],
        capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr)
    return json.loads(result.stdout)["checkpoints"]


def run(population, count, rows, draws, generator, folder):
    """One entry for each draw and rho."""
    files, stored = [], []
    for draw in range(draws):
        gradients, factors = population.draw(count, rows, generator)
        factors = factors.astype(np.float32)
        ids = np.repeat(np.arange(count), len(factors) // count)
        files.append(write_checkpoint(
            os.path.join(folder, str(draw)), [("w", (gradients.shape[1],))], gradients, np.ones(count),
            [population.batch] * count, run=str(draw), sequence=0, step=0, factors={population.kind: (factors, ids)},
            likelihood=population.likelihood))
        stored.append((factors.astype(float) ** 2).mean(0))
    entries = []
    for rho in RHOS:
        for report, diagonal in zip(audit(files, rho), stored):
            live = diagonal > 0
            truth = population.truth(report["kl"]["damping"]["weight"], diagonal[live], live)
            entry = {"population": population.name, "minibatches": count, "rows": count * (len(factors) // count),
                     "asked": rho, "weight": report["kl"]["damping"]["weight"], "truth": truth}
            for path in MEASURES + ["kl.in_sample.regret", "kl.held_out.regret"]:
                entry[path] = at(report, path)
            for name in ("supported", "capped", "thin", "effective_minibatches", "supported_at"):
                entry[name] = report["kl"]["estimate"][name]
            entries.append(entry)
    for path in files:
        os.remove(path)
    return entries


def holds(estimate, truth):
    if estimate is None or estimate["low"] is None:
        return None
    return estimate["low"] <= truth and (estimate["high"] is None or truth <= estimate["high"])


def share(values):
    known = [v for v in values if v is not None]
    return np.mean(known) if known else np.nan


def line(entries):
    truth = np.array([e["truth"]["kl.estimate.regret"] for e in entries])
    off = lambda path: np.mean([e[path]["value"] for e in entries] / truth - 1)
    covered = [share([holds(e[m], e["truth"][m]) for e in entries]) for m in MEASURES]
    spread = np.std([e["kl.estimate.regret"]["value"] for e in entries] / truth)
    return (np.mean([e["weight"] for e in entries]), off("kl.in_sample.regret"), off("kl.held_out.regret"),
            off("kl.estimate.regret"), spread, np.mean([e["capped"] for e in entries]), np.mean([e["thin"] for e in entries]),
            np.mean([e["supported"] for e in entries]), covered)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--only", default="")
    parser.add_argument("--results")
    options = parser.parse_args()
    everything = []
    print("population | N | M | rho | in-sample | held-out | estimate | spread | capped | thin | supported | coverage:",
          " ".join(m.replace("kl.estimate.", "") for m in MEASURES))
    with tempfile.TemporaryDirectory() as folder:
        for make, sizes in all_populations():
            population = make()
            if options.only not in population.name:
                continue
            generator = np.random.default_rng(11)
            for count, rows in sizes:
                draws = max(8, options.draws // (3 if population.name.startswith("digits") else 1))
                entries = run(population, count, rows, draws, generator, folder)
                everything += entries
                for rho in RHOS:
                    weight, inside, out, own, spread, capped, thin, supported, covered = line(
                        [e for e in entries if e["asked"] == rho])
                    print(f"{population.name} | {count} | {entries[0]['rows']} | {weight:.2f}{'*' if rho == 'auto' else ''} | "
                          f"{inside:+.1%} | {out:+.1%} | {own:+.1%} | {spread:.1%} | {capped:.2f} | {thin:.2f} | {supported:.0%} | "
                          + " ".join(f"{c:.0%}" for c in covered), flush=True)
    if options.results:
        with open(options.results, "w") as file:
            json.dump(everything, file)
    trusted = [e for e in everything if e["supported"]]
    print(f"\nWhere supported ({len(trusted)} of {len(everything)} audits):")
    for measure in MEASURES:
        print(f"  {measure}: {share([holds(e[measure], e['truth'][measure]) for e in trusted]):.1%} of intervals hold")


if __name__ == "__main__":
    main()
