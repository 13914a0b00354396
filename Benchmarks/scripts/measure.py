"""Child processes timed one by one: wall time, processor time, peak memory, and medians of runs that take turns."""
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(ROOT, "Benchmarks", "peers")
INSPECT = os.environ.get("INSPECT", os.path.join(ROOT, ".build", "release", "inspect"))
TOOLS = os.environ.get("BENCHMARK_TOOLS", os.path.join(ROOT, ".build-bench", "release"))

# What would give one side other kernels or threads than the other. This process imports no numpy: the peak memory of a
# child counts what its parent had when it was started.
STEERING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS")
# No audit of an earlier round stands for one of this.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in STEERING} | {"XDG_CACHE_HOME": "/dev/null"}


class Failed(Exception):
    pass


@dataclass
class Run:
    seconds: float
    processor: float  # user and system time [s]
    peak: float  # of the process and its children, the largest of them [MiB]
    output: str


def run(*command):
    """Runs `command` to its end; raises Failed with what it wrote to standard error where it ends badly."""
    # A pipe, since the reading process may write no file.
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as errors:
        actions = [(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        start = time.perf_counter()
        child = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=actions)
        os.close(writing)
        with open(reading, "rb") as pipe:
            output = pipe.read().decode(errors="replace")
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - start
        if status:
            errors.seek(0)
            raise Failed(f"{' '.join(command)}: {errors.read().decode().strip() or status}")
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, output)


def alternate(rounds, sides):
    """Runs each of `sides`, a dictionary of commands or functions that return a Run, once in every round, each round
    beginning with another; returns the runs of each."""
    names = list(sides)
    runs = {name: [] for name in names}
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            side = sides[name]
            runs[name].append(side() if callable(side) else run(*side))
    return runs


def median(values):
    return statistics.median(list(values))


def tool(name):
    return os.path.join(TOOLS, name)


def python(peer, *arguments):
    return [sys.executable, os.path.join(PEERS, peer), *arguments]


def title(text):
    load = os.getloadavg()[0]
    print(f"\n{text}\n{'-' * len(text)}\nload of the machine at the start: {load:.1f} of {os.cpu_count()} processors", flush=True)


def table(rows):
    """Prints rows of texts, the first one a heading, in columns as wide as they need."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())
    sys.stdout.flush()
