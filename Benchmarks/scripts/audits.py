"""`inspect` against numpy on the same file: whole processes that take turns, with the machine's floor in the same run."""
import json

from measure import INSPECT, alternate, median, python, run, table, title, tool

DAMPING = "diagonal:0.1"


def inspect(path, *options):
    return [INSPECT, path, "--format", "json", "--quiet", "--measures", "regret", "--damping", DAMPING, *options]


def operations(rows, factors, parameters):
    """What `--measures regret` under diagonal damping has to compute: the symmetric products of G and of [G; S]."""
    return (rows**2 + (rows + factors) ** 2) * parameters


def audits(inputs, rounds, sizes):
    for rows, factors, parameters in sizes:
        title(f"N = {rows}, M = {factors}, P = {parameters:,}: regret under {DAMPING}, whole process")
        audit(inputs.large(rows, factors, parameters), rounds, rows, factors, parameters)


def audit(path, rounds, rows, factors, parameters):
    sides = {
        "inspect": inspect(path),
        "numpy, threaded BLAS": python("regret_numpy.py", path, "--damping", DAMPING),
        "numpy, careful (2 workers)": python(
            "regret_numpy.py", path, "--damping", DAMPING, "--threads", "1", "--workers", "2"),
    }
    parts = {
        "floor": lambda: run(tool("MachineFloor")),
        "parts": lambda: run("sh", "-c", '"$0" describe "$1" | "$2" "$1" "$3"', INSPECT, path, tool("PassTime"), DAMPING),
    }
    runs = alternate(rounds, {**sides, **parts})
    check(runs)
    work, size = operations(rows, factors, parameters), 4 * (rows + factors) * parameters
    floors = [json.loads(run.output) for run in runs["floor"]]
    peak = max(floor["operations_per_second"] for floor in floors)
    bandwidth = max(floor["bytes_per_second"] for floor in floors)
    processors = floors[0]["processors"]
    floor = work / peak + size / bandwidth
    print(
        f"floor {floor:.3f} s: {work / 1e9:.0f} billion operations at {peak / 1e9:.0f} GF/s ({floors[0]['instructions']}, "
        f"{processors} processors) + {size / 1e9:.2f} GB at {bandwidth / 1e9:.1f} GB/s")
    ours = median(run.seconds for run in runs["inspect"])
    busy = median(run.processor for run in runs["inspect"])
    lines = [["", "median s", "fastest", "processor s", "GF/s", "GB/s", "peak MiB", "÷ floor", "÷ inspect", "by processor time"]]
    for name in sides:
        seconds = median(run.seconds for run in runs[name])
        processor = median(run.processor for run in runs[name])
        lines.append([
            name, f"{seconds:.3f}", f"{min(run.seconds for run in runs[name]):.3f}", f"{processor:.3f}",
            f"{work / seconds / 1e9:.0f}", f"{size / seconds / 1e9:.2f}", f"{max(run.peak for run in runs[name]):.0f}",
            f"{seconds / floor:.2f}", f"{seconds / ours:.2f}", f"{processor / busy:.2f}"])
    parts = [json.loads(run.output) for run in runs["parts"]]
    seconds = median(part["pass_s"] for part in parts)
    lines.append([
        "of which the Gram pass", f"{seconds:.3f}", f"{min(part['pass_s'] for part in parts):.3f}", "",
        f"{work / seconds / 1e9:.0f}", f"{size / seconds / 1e9:.2f}", "", f"{seconds / floor:.2f}", "", ""])
    rest = [part["rest_s"] for part in parts]
    lines.append(["and the solve after it", f"{median(rest):.3f}", f"{min(rest):.3f}", *[""] * 7])
    table(lines)


def check(runs):
    """Both sides have to come to the same numbers."""
    report = json.loads(runs["inspect"][0].output)["checkpoints"][0]
    own = {"euclidean": report["euclidean"]["regret"]["value"], "kl": report["kl"]["in_sample"]["regret"]["value"]}
    for name, side in runs.items():
        if not name.startswith("numpy"):
            continue
        for measure, value in own.items():
            other = json.loads(side[0].output)[measure]
            if abs(value - other) > 1e-4 * abs(other):
                raise SystemExit(f"{measure} regret is {value} by inspect and {other} by {name}")
