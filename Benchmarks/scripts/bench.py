#!/usr/bin/env python3
"""Measures inspect and Recorder beside what else could be used, in one run: see Benchmarks/README.md."""
import argparse
import importlib.util
import os
import sys

from audits import audits
from captures import checksums, hold, writers
from everything import everything
from growth import growth
from inputs import Inputs
from measure import INSPECT, ROOT, Failed, python, run, tool
from startup import startup

SECTIONS = ("startup", "audits", "everything", "growth", "checksums", "writers", "hold")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="Needs numpy, scipy and h5py.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which medians are taken (5)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all works")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"sections, of {','.join(SECTIONS)}")
    parser.add_argument("--directory", default=os.path.join(ROOT, ".build-bench", "inputs"),
                        help="where inputs are kept and files written (8 GB)")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(SECTIONS)
    if unknown or options.rounds < 1:
        parser.error(f"no section {', '.join(sorted(unknown))}" if unknown else "at least one round")
    missing = [name for name in ("numpy", "scipy", "h5py") if importlib.util.find_spec(name) is None]
    if missing:
        parser.error(f"{sys.executable} lacks {', '.join(missing)}: pip install numpy scipy h5py, or set PYTHON")
    return options


def main():
    options = arguments()
    for path in (INSPECT, tool("CaptureCost")):
        if not os.path.exists(path):
            sys.exit(f"{path} is not there: run make bench")
    inputs = Inputs(options.directory)
    print(f"{run(INSPECT, '--version').output.strip()}; numpy: {run(*python('blas_kernel.py')).output.strip()}")
    print(f"medians of {options.rounds}; sides take turns; files are in memory; steering variables of BLAS are unset for all")
    quick, rounds, directory = options.quick, options.rounds, options.directory
    if "startup" in options.only:
        startup(rounds)
    if "audits" in options.only:
        audits(inputs, rounds, [(64, 64, 100_000), (128, 128, 20_000)] if quick else
               [(256, 256, 1_000_000), (64, 64, 10_000_000), (1024, 1024, 100_000)])
    if "everything" in options.only:
        everything(inputs, min(rounds, 3), [(32, 256, 20_000), (32, 1_024, 400)] if quick else
                   [(64, 1_024, 200_000), (256, 1_024, 100_000), (48, 7_680, 666)])
    if "growth" in options.only:
        growth(inputs, rounds, (32, 32, 50_000) if quick else (128, 128, 500_000))
    if "checksums" in options.only:
        checksums(directory, rounds, *((64, 50_000) if quick else (256, 1_000_000)))
    if "writers" in options.only:
        writers(directory, rounds, *((16, 100_000) if quick else (128, 1_000_000)))
    if "hold" in options.only:
        hold(directory, min(rounds, 3), *((8, 100_000) if quick else (32, 1_000_000)))


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
