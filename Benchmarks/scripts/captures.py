"""Recording: against write(2) and h5py, what it holds up, and what checksums cost a reader."""
import json
import os
import shutil
import tempfile

from audits import inspect
from inputs import warm
from measure import alternate, median, python, run, table, title, tool


def writers(directory, rounds, rows, parameters):
    title(f"Writing {rows} rows of {parameters:,} float32 ({4e-6 * rows * parameters:.0f} MB), fsync on all sides")
    with tempfile.TemporaryDirectory(dir=directory) as where:
        own = lambda: fresh(where, "write", rows, parameters)
        peer = python("capture_h5py.py", "--rows", str(rows), "--params", str(parameters), "--repeat", "1", "--dir", where)
        runs = alternate(rounds, {"own": own, "peer": peer})
    size = 4e-6 * rows * parameters
    own = [json.loads(run.output) for run in runs["own"]]
    rates = {"Recorder": [size / one["recorder_s"] for one in own], "write(2)": [size / one["plain_s"] for one in own]}
    for one in runs["peer"]:
        for line in one.output.splitlines()[1:]:
            rates.setdefault(line[:34].strip() + " (Python)", []).append(float(line.split()[-1]))
    plain = median(rates["write(2)"])
    lines = [["", "median MB/s", "best", "÷ write(2)"]]
    for name, values in rates.items():
        lines.append([name, f"{median(values):.0f}", f"{max(values):.0f}", f"{median(values) / plain:.2f}"])
    table(lines)
    ratios = [one["plain_s"] / one["recorder_s"] for one in own]
    print(f"Recorder ÷ write(2), pair by pair: median {median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


def hold(directory, rounds, rows, parameters):
    title(f"How long a captured row of {parameters:,} holds the training thread, beside a gradient of 20 ms")
    with tempfile.TemporaryDirectory(dir=directory) as where:
        runs = [json.loads(fresh(where, "hold", rows, parameters).output) for _ in range(rounds)]
    wall = [one["captured_s"] - one["gradient_s"] for one in runs]
    own = [one["captured_cpu_s"] - one["gradient_cpu_s"] for one in runs]
    first = [one["first_captured_cpu_s"] - one["gradient_cpu_s"] for one in runs]
    gradient = median(one["gradient_cpu_s"] for one in runs)
    print(f"a gradient: {1e3 * gradient:.2f} ms of the thread's time, {1e3 * median(one['gradient_s'] for one in runs):.2f} ms on the clock")
    print(f"a row more: {1e3 * median(own):.3f} ms of the thread's time ({100 * median(own) / gradient:.1f}%), {1e3 * median(wall):.3f} ms on the clock")
    print(f"in the first capture, which makes the buffers: {1e3 * median(first):.3f} ms of the thread's time")


def checksums(directory, rounds, rows, parameters):
    title(f"Checksums: inspect on a Recorder's file with and without them, N = M = {rows}, P = {parameters:,}")
    with tempfile.TemporaryDirectory(dir=directory) as where:
        fresh(where, "file", rows, parameters)
        path = os.path.join(where, "run", "step-00000000.h5")
        without = os.path.join(where, "without.h5")
        shutil.copyfile(path, without)
        run(*python("drop_checksums.py", without))
        for file in (path, without):
            warm(file)
        runs = alternate(rounds, {"with checksums": inspect(path), "without": inspect(without)})
    reports = {name: json.loads(one[0].output)["checkpoints"][0] for name, one in runs.items()}
    if reports["with checksums"]["verified"] is not True or reports["without"]["verified"] is not False:
        raise SystemExit("checksums were not used as expected")
    base = median(one.seconds for one in runs["without"])
    busy = median(one.processor for one in runs["without"])
    lines = [["", "median s", "fastest", "processor s", "÷ without", "by processor time"]]
    for name, side in runs.items():
        seconds, processor = median(one.seconds for one in side), median(one.processor for one in side)
        lines.append([
            name, f"{seconds:.3f}", f"{min(one.seconds for one in side):.3f}", f"{processor:.3f}", f"{seconds / base:.3f}",
            f"{processor / busy:.3f}"])
    table(lines)


def fresh(where, what, rows, parameters):
    """CaptureCost in a directory without an earlier run."""
    for name in ("run", "held"):
        shutil.rmtree(os.path.join(where, name), ignore_errors=True)
    return run(tool("CaptureCost"), what, where, str(rows), str(parameters))
