#!/usr/bin/env python3
"""Writes the checkpoint files that InspectTests reads, and what the oracle says of them.

    python3 Tests/Oracle/make_fixtures.py
    python3 Tests/Oracle/make_fixtures.py --expected     what the oracle says alone, of the files that are there

Expected numbers go into expected/FILE--FISHER--DAMPING.json beside the files, and where groups of minibatches are chosen
into FILE--FISHER--DAMPING--REFERENCE--GROUP.json, GROUP being that of the Fisher. Needs numpy and h5py.
"""
import json, pathlib, subprocess, sys
import oracle

HERE = pathlib.Path(__file__).parent
FIXTURES = HERE.parent / "InspectTests" / "Fixtures"
ALL = [(kind, damping) for kind in oracle.KINDS for damping in ("auto", "none", "diagonal:0.1", "identity:0.1")]


def options(name):
    """(fisher, damping) pairs worth committing for a file, of files with groups also (fisher, damping, reference, group)."""
    if name == "two-groups":
        return [("exact", "auto"), ("exact", "diagonal:0.1"), ("sampled", "identity:0.1"), ("exact", "none"),
                ("minibatch", "auto"), ("minibatch", "diagonal:0.1"), ("minibatch", "auto", "validation", "train"),
                ("minibatch", "none", "validation", "validation"), ("exact", "diagonal:0.1", "validation", "train"),
                ("exact", "diagonal:1")]
    if name == "many-groups":
        return [("sampled", "auto"), ("sampled", "diagonal:0.1", "clean", "all"), ("empirical", "auto", "larger", "larger"),
                ("sampled", "identity:0.1", "shuffled labels", "clean"), ("minibatch", "diagonal:0.1"),
                ("minibatch", "auto", "clean", "all"), ("sampled", "diagonal:0.1", "one", "all")]
    if name in ("plain", "uneven-batches"):
        return ALL + [("exact", "diagonal:1"), ("exact", "identity:0.01"), ("sampled", "diagonal:0.001")]
    if name == "gradients-only":
        return [("minibatch", "auto")]
    return [("exact", "auto"), ("exact", "diagonal:0.1"), ("minibatch", "auto")]


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, list) else value


if "--expected" not in sys.argv:
    subprocess.run([sys.executable, HERE / "make_cases.py", FIXTURES, "--small"], check=True)
expected = FIXTURES / "expected"
expected.mkdir(exist_ok=True)
for old in expected.glob("*.json"):
    old.unlink()
for file in sorted(FIXTURES.glob("*.h5")):
    for fisher, damping, *groups in options(file.stem):
        name = "--".join([file.stem, fisher, damping.replace(":", "="), *groups]) + ".json"
        reference, group = groups or (None, None)
        with open(expected / name, "w") as f:
            numbers = oracle.audit(file, fisher, damping, reference=reference, fisher_group=group)
            json.dump(rounded(numbers), f, separators=(",", ":"))
            f.write("\n")
