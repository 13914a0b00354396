#!/usr/bin/env python3
"""Measures how reading is shared out among ranks and parts, in one run: see Benchmarks/README.md."""
import argparse
import json
import os
import shutil
import sys
import tempfile

from audits import operations
from inputs import Inputs, warm
from measure import INSPECT, ROOT, Failed, Run, alternate, median, python, run, table, title

MPI = os.environ.get("INSPECT_MPI", os.path.join(ROOT, ".build-mpi", "release", "inspect"))
OPTIONS = ("--format", "json", "-q", "--damping", "diagonal:0.1")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Needs numpy, h5py and xxhash, and Open MPI.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which medians are taken (5)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all works")
    parser.add_argument("--directory", default=os.path.join(ROOT, ".build-bench", "inputs"), help="where inputs are kept")
    return parser.parse_args()


def alone(path, processors, measures):
    """One process with as many threads."""
    places = ",".join(map(str, range(processors)))
    return ["taskset", "-c", places, INSPECT, path, "--no-cache", "--measures", measures, *OPTIONS]


def ranks(path, count, measures):
    """As many processes of one thread."""
    return ["mpirun", "--allow-run-as-root", "-q", "--bind-to", "core", "-n", str(count), MPI, path, "--measures", measures,
            *OPTIONS]


def parts(path, count, measures):
    """Parts one after another, a process each, and the merge: seconds of the slowest part and of the merge."""
    def side():
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, f"part-{number}.h5") for number in range(1, count + 1)]
            made = [run("taskset", "-c", "0", INSPECT, "partial", path, "--part", f"{number}/{count}", "-o", name, "-q",
                        "--measures", measures, "--damping", "diagonal:0.1") for number, name in enumerate(names, 1)]
            merged = run(INSPECT, "merge", *names, "--format", "json", "-q")
            return Run(max(part.seconds for part in made) + merged.seconds,
                       sum(part.processor for part in made) + merged.processor,
                       max(part.peak for part in made + [merged]), merged.output)
    return side


def numbers(output):
    """A report without how it came about."""
    report = json.loads(output)
    for checkpoint in report["checkpoints"]:
        checkpoint.pop("plan")
    return report["checkpoints"]


def scaling(name, paths, rounds, counts, measures, isWeak=False):
    """`paths`: the file for each count, the same for all where work is divided, larger ones where it grows."""
    title(name)
    sides = {}
    for count in counts:
        sides[f"one process, {count} thread{'s' * (count > 1)}"] = alone(paths[count], count, measures)
        sides[f"{count} rank{'s' * (count > 1)}"] = ranks(paths[count], count, measures)
    if not isWeak:
        sides[f"slowest of {counts[-1]} parts, then merge"] = parts(paths[counts[-1]], counts[-1], measures)
    runs = alternate(rounds, sides)
    first = {kind: median(r.seconds for r in runs[side]) for kind, side in
             (("one", "one process, 1 thread"), ("ranks", "1 rank"))}
    rows = [["", "median s", "fastest s", "efficiency", "processor s", "peak MiB"]]
    for side in sides:
        seconds = median(r.seconds for r in runs[side])
        count = next(int(word) for word in side.replace(",", "").split() if word.isdigit())
        kind = "one" if side.startswith("one") else "ranks"
        rows.append([side, f"{seconds:.3f}", f"{min(r.seconds for r in runs[side]):.3f}",
                     f"{first[kind] / seconds / (1 if isWeak else count):.2f}",
                     f"{median(r.processor for r in runs[side]):.3f}", f"{max(r.peak for r in runs[side]):.0f}"])
    table(rows)
    if not isWeak and len({json.dumps(numbers(all[0].output)) for all in runs.values()}) != 1:
        raise Failed("the sides do not say the same numbers")


def shares(inputs, rounds, shapes):
    """The pass by `partial 1/1`, what follows it by `merge`."""
    title("The pass over the columns, and what stays on one machine")
    rows = [["N, M, P", "measures", "pass s", "GF/s a thread", "solve and report s", "solve ÷ (N+M)³ [ns]", "peak MiB"]]
    for shape in shapes:
        path = inputs.large(*shape)
        for measures in ("regret", "all"):
            with tempfile.TemporaryDirectory() as folder:
                part = os.path.join(folder, "part.h5")
                def make():
                    if os.path.exists(part):
                        os.remove(part)
                    return run("taskset", "-c", "0", INSPECT, "partial", path, "--part", "1/1", "-o", part, "-q", "--measures",
                               measures, "--damping", "diagonal:0.1")
                make()
                runs = alternate(rounds, {"pass": make, "solve": [INSPECT, "merge", part, "--format", "json", "-q"]})
            passing, solving = (median(r.seconds for r in runs[side]) for side in ("pass", "solve"))
            rows.append(["{}, {}, {:,}".format(*shape), measures, f"{passing:.3f}",
                         f"{operations(*shape) / passing / 1e9:.0f}", f"{solving:.3f}",
                         f"{solving / (shape[0] + shape[1]) ** 3 * 1e9:.2f}",
                         f"{max(r.peak for side in runs.values() for r in side):.0f}"])
    table(rows)


def sharded(inputs, path, count):
    """The same columns in `count` files."""
    directory = f"{path[:-3]}-shards-{count}"
    index = os.path.join(directory, "step-00000000.h5")
    if not os.path.exists(index):
        print(f"making {index}", flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        run(*python("make_shards.py", path, directory, "--count", str(count)))
    folder = index[:-3] + ".shards"
    for name in os.listdir(folder):
        warm(os.path.join(folder, name))
    return index


def main():
    options = arguments()
    for path in (INSPECT, MPI):
        if not os.path.exists(path):
            sys.exit(f"{path} is not there: run make bench-ranks")
    inputs = Inputs(options.directory)
    processors = len(os.sched_getaffinity(0))
    counts = [count for count in (1, 2, 4, 8, 16) if count <= processors]
    print(f"{run(INSPECT, '--version').output.strip()}; {processors} processors; medians of {options.rounds}; sides take turns")
    rows, factors, unit = (16, 32, 50_000) if options.quick else (64, 192, 1_000_000)
    path = inputs.large(rows, factors, unit)
    for measures in ("regret", "all"):
        scaling(f"One file, N = {rows}, M = {factors}, P = {unit:,}, measures {measures}", dict.fromkeys(counts, path),
                options.rounds, counts, measures)
    scaling(f"Four shards of it, regret", dict.fromkeys(counts, sharded(inputs, path, 4)), options.rounds, counts, "regret")
    scaling(f"P = {unit // 2:,} a rank, N = {rows}, M = {factors}, regret",
            {count: inputs.large(rows, factors, unit // 2 * count) for count in counts}, options.rounds, counts, "regret", True)
    shares(inputs, options.rounds, [(16, 32, 50_000)] if options.quick else
           [(64, 192, 1_000_000), (64, 512, 400_000), (128, 1_024, 100_000), (256, 2_048, 50_000)])


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
