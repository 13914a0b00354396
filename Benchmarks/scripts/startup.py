"""From nothing to the answer on a small file, and what its parts take."""
import os

from audits import inspect
from measure import INSPECT, ROOT, alternate, median, python, table, title

PLAIN = os.path.join(ROOT, "Tests", "InspectTests", "Fixtures", "plain.h5")


def startup(rounds):
    title("From start to answer on a small file (plain.h5)")
    sides = {
        "inspect, regret": inspect(PLAIN),
        "inspect, every measure": [INSPECT, PLAIN, "--format", "json", "--quiet"],
        "inspect --version": [INSPECT, "--version"],
        "its child alone (describe)": [INSPECT, "describe", PLAIN],
        "starting a process (true)": ["true"],
        "numpy": python("regret_numpy.py", PLAIN, "--damping", "diagonal:0.1"),
    }
    runs = alternate(max(rounds, 4 * rounds), sides)
    lines = [["", "median ms", "fastest", "slowest", "processor ms", "peak MiB"]]
    for name in sides:
        times = [1e3 * run.seconds for run in runs[name]]
        lines.append([
            name, f"{median(times):.1f}", f"{min(times):.1f}", f"{max(times):.1f}",
            f"{1e3 * median(run.processor for run in runs[name]):.1f}", f"{max(run.peak for run in runs[name]):.0f}"])
    table(lines)
