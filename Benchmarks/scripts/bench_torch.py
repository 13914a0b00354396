#!/usr/bin/env python3
"""KL regret of all pairs: curvlinops' conjugate gradients in PyTorch against inspect, on the same numbers."""
import argparse
import importlib.util
import json
import math
import os
import sys

from measure import INSPECT, ROOT, Failed, alternate, median, python, run, table, title, tool


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which medians are taken (5)")
    parser.add_argument("--quick", action="store_true", help="a small size, to see that all works")
    parser.add_argument("--directory", default=os.path.join(ROOT, ".build-bench", "inputs"))
    options = parser.parse_args()
    missing = [name for name in ("torch", "curvlinops", "h5py") if importlib.util.find_spec(name) is None]
    if missing:
        parser.error(f"{sys.executable} lacks {', '.join(missing)}: pip install torch curvlinops-for-pytorch h5py, or set PYTHON")
    return options


def main():
    options = arguments()
    os.makedirs(options.directory, exist_ok=True)
    path = os.path.join(options.directory, "torch.h5")
    size = ("--hidden", "16", "--examples", "128", "--gradients", "16") if options.quick else ()
    peer = python("regret_torch.py", *size, "--solves", "3", "--write", path, "--json")
    first = run(*peer)
    print(run(INSPECT, "--version").output.strip())
    title(first.output.splitlines()[0])
    weight = json.loads(first.output.splitlines()[-1])["weight"]
    audit = [INSPECT, path, "--format", "json", "--quiet", "--measures", "regret", "--fisher", "empirical"]
    damping = f"identity:{weight!r}"
    audit += ["--damping", damping]
    done = [first]  # The first round's, already.
    runs = alternate(options.rounds, {
        "peer": lambda: done.pop() if done else run(*peer), "gram": [*audit, "--solver", "gram"], "cg": [*audit, "--solver", "cg"],
        "parts": lambda: run("sh", "-c", '"$0" describe "$1" | "$2" "$1" "$3"', INSPECT, path, tool("PassTime"), damping)})
    peers = [json.loads(one.output.splitlines()[-1]) for one in runs["peer"]]
    check(peers[0], weight, {solver: json.loads(runs[solver][0].output)["checkpoints"][0] for solver in ("gram", "cg")})
    cg = median(one["cg_s"] for one in peers)
    sides = {
        "curvlinops CG, one gradient after another": cg,
        "curvlinops CG, all gradients in one batch": median(one["batched_s"] for one in peers),
        "PyTorch, Gram matrix and Cholesky by hand": median(one["dual_s"] for one in peers),
        "inspect --solver gram, whole process": median(one.seconds for one in runs["gram"]),
        "of which the solves, once the rows are read": median(json.loads(one.output)["rest_s"] for one in runs["parts"]),
        "inspect --solver cg, whole process": median(one.seconds for one in runs["cg"]),
    }
    table([["", "median s", "curvlinops CG ÷ it"]] + [[name, f"{s:.3f}", f"{cg / s:.1f}"] for name, s in sides.items()])
    for solver in ("gram", "cg"):
        print(f"inspect --solver {solver}: {median(one.processor for one in runs[solver]):.3f} s of processor time, "
              f"{max(one.peak for one in runs[solver]):.0f} MiB")


def check(peer, weight, reports):
    """inspect's A is (1 - weight)(F + lambda I), so its regrets are larger by 1/sqrt(1 - weight)."""
    for solver, report in reports.items():
        for name, other in (("dual", peer["dual_regret"]), ("batched CG", peer["batched_regret"])):
            own = report["kl"]["in_sample"]["regret"]["value"] * math.sqrt(1 - weight)
            difference = abs(own / other - 1)
            print(f"KL regret by --solver {solver} differs from PyTorch's {name} by {difference:.1e}")
            if difference > 1e-3:
                raise SystemExit("the two sides do not come to the same numbers")
        own, other = report["euclidean"]["regret"]["value"], peer["euclidean"]
        if abs(own / other - 1) > 1e-4:
            raise SystemExit(f"Euclidean regret is {own} by inspect and {other} by PyTorch")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
