#!/usr/bin/env python3
"""Audits what samples/python/write_checkpoint.py writes with `inspect`, and compares every number with the oracle's.

    swift build --product inspect
    python3 Tests/Oracle/check_writer.py [.build/debug/inspect]

Needs numpy and h5py.
"""
import json, math, pathlib, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
inspect = sys.argv[1] if len(sys.argv) > 1 else str(here.parents[1] / ".build/debug/inspect")


def output(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def compare(found, expected, path):
    """Numbers compared below `path`; stops at the first that differs by more than 1e-8 of itself."""
    if isinstance(expected, dict):
        return sum(compare(found[key], value, f"{path}.{key}") for key, value in expected.items())
    if isinstance(expected, list):
        assert len(found) == len(expected), path
        return sum(compare(a, b, f"{path}.{index}") for index, (a, b) in enumerate(zip(found, expected)))
    if isinstance(expected, float):
        assert math.isclose(found, expected, rel_tol=1e-8, abs_tol=1e-11), f"{path}: {found} is not {expected}"
    else:
        assert found == expected, f"{path}: {found} is not {expected}"
    return 1


with tempfile.TemporaryDirectory() as directory:
    files = output(sys.executable, here.parents[1] / "samples/python/write_checkpoint.py", directory).split()
    output(inspect, "validate", directory)
    for file in files:
        for kind in ["exact", "sampled"]:
            found = json.loads(output(inspect, file, "--format", "json", "--fisher", kind))["checkpoints"][0]
            expected = json.loads(output(sys.executable, here / "oracle.py", file, "--fisher", kind))
            count = compare(found, expected, kind)
            print(f"{pathlib.Path(file).name}, {kind}: {count} values agree")
