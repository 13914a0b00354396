"""All measures of an audit against numpy on the same file: whole processes that take turns."""
import json

from measure import INSPECT, alternate, median, python, table, title

DAMPING = "diagonal:0.1"
# What the peer computes too; the population's estimate is timed beside it.
MEASURES = "regret,held-out,path,tensors,fisher"


def inspect(path, measures):
    return [INSPECT, path, "--format", "json", "--quiet", "--measures", measures, "--damping", DAMPING]


def everything(inputs, rounds, sizes):
    for rows, factors, parameters in sizes:
        title(f"N = {rows}, M = {factors}, P = {parameters:,}: all measures under {DAMPING}, whole process")
        path = inputs.large(rows, factors, parameters)
        sides = {
            "inspect": inspect(path, MEASURES),
            "inspect, with the estimate": inspect(path, MEASURES + ",estimate"),
            "numpy, threaded BLAS": python("audit_numpy.py", path, "--damping", DAMPING),
            "numpy, careful (2 workers)": python(
                "audit_numpy.py", path, "--damping", DAMPING, "--threads", "1", "--workers", "2"),
        }
        runs = alternate(rounds, sides)
        check(runs)
        ours = median(run.seconds for run in runs["inspect"])
        busy = median(run.processor for run in runs["inspect"])
        lines = [["", "median s", "fastest", "processor s", "peak MiB", "÷ inspect", "by processor time"]]
        for name, own in runs.items():
            seconds, processor = median(run.seconds for run in own), median(run.processor for run in own)
            lines.append([
                name, f"{seconds:.3f}", f"{min(run.seconds for run in own):.3f}", f"{processor:.3f}",
                f"{max(run.peak for run in own):.0f}", f"{seconds / ours:.2f}", f"{processor / busy:.2f}"])
        table(lines)


def check(runs):
    """Both sides have to come to the same numbers."""
    report = json.loads(runs["inspect"][0].output)["checkpoints"][0]
    estimate = lambda measure: [measure["value"], measure["stderr"]]
    own = {
        "euclidean": estimate(report["euclidean"]["regret"]), "in_sample": estimate(report["kl"]["in_sample"]["regret"]),
        "cosine": estimate(report["kl"]["in_sample"]["cosine"]), "held_out": estimate(report["kl"]["held_out"]["regret"]),
        "held_out_cosine": estimate(report["kl"]["held_out"]["cosine"]),
        "tensors": [[t["kl"]["value"], t["euclidean"]["value"]] for t in report["tensors"]],
        "path": [point["regret"] for point in report["damping_path"]], "outside_range": report["kl"]["outside_range"],
        "largest_eigenvalue": report["fisher"]["largest_eigenvalue"],
        "contrast": list(report["fisher"]["contrast"].values()),
    }
    for name, side in runs.items():
        if name.startswith("numpy"):
            other = json.loads(side[0].output)
            for measure, value in own.items():
                compare(value, other[measure], f"{measure} by {name}")


def compare(value, other, name):
    if isinstance(value, list):
        for one, two in zip(value, other, strict=True):
            compare(one, two, name)
    elif abs(value - other) > 1e-4 * abs(other) + 1e-6:
        raise SystemExit(f"{name}: {other}, by inspect {value}")
