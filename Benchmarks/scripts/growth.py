"""How the cost of an audit grows with N, M and P."""
import math

from audits import inspect, operations
from measure import alternate, median, table, title


def growth(inputs, rounds, base):
    rows, factors, parameters = base
    title(f"Growth of inspect's cost from N = {rows}, M = {factors}, P = {parameters:,}")
    shapes = [base]
    for step in (2, 4):
        shapes += [(step * rows, factors, parameters), (rows, step * factors, parameters), (rows, factors, step * parameters)]
    runs = alternate(rounds, {shape: inspect(inputs.large(*shape)) for shape in shapes})
    first = median(run.processor for run in runs[base])
    lines = [["N, M, P", "median s", "processor s", "÷ first", "operations ÷ first", "exponent", "peak MiB"]]
    for shape in shapes:
        processor = median(run.processor for run in runs[shape])
        step = math.prod(shape) / math.prod(base)
        lines.append([
            "{}, {}, {:,}".format(*shape), f"{median(run.seconds for run in runs[shape]):.3f}", f"{processor:.3f}",
            f"{processor / first:.2f}", f"{operations(*shape) / operations(*base):.2f}",
            f"{math.log(processor / first, step):.2f}" if step > 1 else "", f"{max(run.peak for run in runs[shape]):.0f}"])
    table(lines)
