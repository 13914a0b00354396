#!/usr/bin/env python3
"""Audits what the scripts of samples/python write with `inspect`, and compares every number with the oracle's.

    swift build --product inspect
    python3 Tests/Oracle/check_writer.py [.build/debug/inspect]

Needs numpy, h5py and xxhash.
"""
import itertools, json, math, os, pathlib, subprocess, sys, tempfile

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
        assert math.isclose(found, expected, rel_tol=1e-5 if ".estimate." in path else 1e-8,
                            abs_tol=1e-6 if ".estimate." in path else 1e-11), f"{path}: {found} is not {expected}"
    else:
        assert found == expected, f"{path}: {found} is not {expected}"
    return 1


def check_refusals(directory):
    """Every argument that no reader could use is one ValueError that names its place, and leaves no file."""
    sys.path.insert(0, str(here.parents[1] / "samples/python"))
    import numpy as np
    from write_checkpoint import write_checkpoint

    def write(**changed):
        arguments = dict(tensors=[("w", (2, 2)), ("b", ())], gradients=np.ones((3, 5)), losses=[1.0, 2.0, 3.0],
                         sizes=[4, 4, 2], factors={"sampled": (np.ones((2, 5)), [0, -1])}, parameters=np.ones(5))
        return write_checkpoint(directory, **(arguments | changed), run="r", sequence=0, step=0)

    def with_value(rows, value):
        numbers = np.ones((rows, 5))
        numbers[1, 2] = value
        return numbers

    sampled = lambda rows, ids: {"sampled": (rows, ids)}
    cases = [
        (dict(gradients=with_value(3, np.nan)), "gradients: row 1 is not finite"),
        (dict(gradients=with_value(3, 1e39)), "gradients: row 1 is not finite"),
        (dict(gradients=np.ones((3, 4))), "gradients: shape (3, 4)"), (dict(gradients=np.ones((1, 5))), "gradients: 1 rows"),
        (dict(gradients=[[1.0] * 5, [1.0] * 4]), "gradients: rows differ in length"),
        (dict(losses=[1.0, np.inf, 1.0]), "losses: row 1 is not finite"), (dict(losses=[1.0, 2.0]), "losses: shape (2,)"),
        (dict(sizes=[4, 4, 0]), "sizes: row 2 is less than 1"), (dict(sizes=[4, 4]), "sizes: shape (2,)"),
        (dict(sizes=[4, 4, 1.5]), "sizes: not whole numbers"),
        (dict(factors=sampled(with_value(2, -np.inf), [0, 1])), "sampled factors: row 1 is not finite"),
        (dict(factors=sampled(np.ones((2, 6)), [0, 1])), "sampled factors: shape (2, 6)"),
        (dict(factors=sampled(np.ones((2, 5)), [0])), "sampled minibatch: shape (1,)"),
        (dict(factors=sampled(np.ones((2, 5)), [0, 3])), "sampled minibatch: row 1 is 3, not in -1…2"),
        (dict(factors=sampled(np.ones((2, 5)), [-2, 0])), "sampled minibatch: row 0 is -2"),
        (dict(factors={"kfac": (np.ones((2, 5)), [0, 1])}), "unknown kind 'kfac'"),
        (dict(parameters=np.ones(4)), "parameters: shape (1, 4)"),
        (dict(groups=["a", "b"]), "groups: 2 names, but there are 3 minibatches"),
        (dict(groups=["a", "", "b"]), "groups: row 1 is ''"), (dict(groups=["a", "b", 3]), "groups: row 2 is 3"),
        (dict(groups=["a", "b\0", "c"]), "groups: row 1 is"), (dict(groups="abc"), "groups: 'abc' is one name"),
        (dict(hashes=[1, 2]), "hashes: 2 numbers, but there are 3 minibatches"),
        (dict(hashes=[1, 2, -1]), "hashes: row 2 is -1"), (dict(hashes=[2**64, 1, 2]), "hashes: row 0 is"),
        (dict(hashes=[1, 2.0, 3]), "hashes: row 1 is 2.0"), (dict(name=""), "name: '' is not a name"), (dict(name="a\0"), "name: "), (dict(name=3), "name: 3 is not"),
        (dict(configuration={"": 1}), "configuration: '' is not a name"),
        (dict(configuration={"a": [1]}), "configuration: a is [1], neither a number nor a text"),
        (dict(configuration={"a": "b\0"}), "configuration: a is no text"),
        (dict(configuration={"a" * 256: 1}), "of 1 to 255 bytes"),
        (dict(configuration={str(i): i for i in range(1025)}), "configuration: 1025 settings"),
        (dict(groups=["a", "b", "\ud800"]), "groups: row 2 is"), (dict(groups=["a", "b", "c" * 4097]), "groups: row 2 is")]
    for changed, message in cases:
        try:
            write(**changed)
        except ValueError as error:
            assert message in str(error), f"{error} does not say {message}"
        else:
            raise AssertionError(f"accepted, though {message}")
    assert os.listdir(directory) == []
    path = write()
    before = pathlib.Path(path).read_bytes()
    try:
        write()
    except FileExistsError:
        assert pathlib.Path(path).read_bytes() == before and os.listdir(directory) == [os.path.basename(path)]
    else:
        raise AssertionError("overwritten")
    print(f"{len(cases)} refusals")


def check_groups(directory):
    """Names come in the order in which they first stand, and ids are theirs, whatever the order of the minibatches."""
    import h5py, numpy as np
    from write_checkpoint import write_checkpoint
    write = lambda step, groups: write_checkpoint(
        directory, [("w", (5,))], np.ones((len(groups), 5)), np.ones(len(groups)), np.full(len(groups), 4), run="r",
        sequence=step, step=step, groups=groups)
    for step, (groups, names, ids) in enumerate([
            (["web", "books", "web", "code", "books"], ["web", "books", "code"], [0, 1, 0, 2, 1]),
            (["ä", "a", "a "], ["ä", "a", "a "], [0, 1, 2]), (["all"] * 3, ["all"], [0, 0, 0])]):
        with h5py.File(write(step, groups)) as file:
            assert [name.decode() for name in file["groups/name"][:]] == names, groups
            assert file["minibatches/group"][:].tolist() == ids, groups
            assert file["minibatches/group"].dtype == np.int64
            assert [file[path].dims[0].label for path in ("groups/name", "minibatches/group")] == ["group", "minibatch"]
    with h5py.File(write_checkpoint(directory, [("w", (5,))], np.ones((2, 5)), [1.0, 1.0], [4, 4], run="r", sequence=9,
                                    step=9)) as file:
        assert "groups" not in file and "group" not in file["minibatches"]
    print("groups as given")


with tempfile.TemporaryDirectory() as directory:
    check_refusals(directory)

def check_configuration(directory):
    """A report tells a run's name and configuration as they were given, numbers as numbers."""
    import numpy as np
    import h5py
    from write_checkpoint import hash_of, write_checkpoint
    given = {"lr": 0.1, "width": np.int64(64), "optimizer": "sgd", "note": "größer \u202e<&>", "empty": "", "nesterov": True}
    path = write_checkpoint(directory, [("w", (5,))], np.eye(3, 5), [1.0] * 3, [4] * 3, run="r", sequence=0, step=0,
                            name="ä run", configuration=given, hashes=[hash_of(np.arange(3)), 2**64 - 1, 0])
    with h5py.File(path) as file:
        assert file["minibatches/hash"].dtype == np.uint64
        assert file["minibatches/hash"][1:].tolist() == [2**64 - 1, 0]
    assert hash_of(np.arange(3)) not in (hash_of(np.arange(3.0)), hash_of(np.arange(3)[None]), hash_of(np.arange(4)))
    output(inspect, "validate", path)
    found = json.loads(output(inspect, path, "--no-cache", "--format", "json"))["checkpoints"][0]
    assert found["name"] == "ä run", found["name"]
    assert found["configuration"] == {**given, "width": 64, "nesterov": "true"}, found["configuration"]
    print("name and configuration as given")


with tempfile.TemporaryDirectory() as directory:
    check_groups(directory)

with tempfile.TemporaryDirectory() as directory:
    check_configuration(directory)

def check_shards(directory):
    """Shards in any order of columns, with θ, groups and hashes, and what no reader could use."""
    import numpy as np
    from write_shards import folder, write_index, write_shard
    random = np.random.default_rng(2)
    rows, factors, theta = random.normal(size=(4, 40_000)), random.normal(size=(6, 40_000)), random.normal(size=40_000)
    cuts = [(16_385, 40_000), (0, 16_384), (16_384, 16_385)]

    def shard(rank, step=0, run="r", rows=rows):
        own = slice(*cuts[rank])
        return write_shard(directory, rank, 3, rows[:, own], run=run, step=step, factors={"exact": factors[:, own]},
                           parameters=theta[own])

    def index(step=0, **changed):
        arguments = dict(tensors=[("a", (200, 100)), ("b", (20_000,))], losses=[1.0, 2.0, 3.0, 4.0], sizes=[4] * 4, run="r",
                         sequence=step, step=step, count=3, offsets=[first for first, _ in cuts],
                         factor_minibatches={"exact": [0, 1, 2, 3, -1, 0]}, metrics={"ä": 1.5, "b": float("nan")},
                         groups=["x", "x", "y", "y"], hashes=[1, 2, 2**64 - 1, 0], name="n", configuration={"lr": 0.1})
        return write_index(directory, **(arguments | changed))

    shard(0), shard(1)
    cases = [(FileNotFoundError, {}, "no shard came from ranks 2 of 3"), (ValueError, dict(run="s"), "another run or step"),
             (ValueError, dict(offsets=[0, 1, 2]), "do not cover"),
             (ValueError, dict(losses=[1.0] * 3), "4 rows, but there are 3 minibatches"),
             (ValueError, dict(losses=[1.0, 2.0, np.inf, 4.0]), "losses: row 2 is not finite"),
             (ValueError, dict(factor_minibatches={"exact": [0]}), "1 values for 6 rows"),
             (ValueError, dict(factor_minibatches={"exact": [0, 1, 2, 3, 4, 0]}), "not in -1…3"),
             (ValueError, dict(tensors=[("a", (3,))]), "do not cover 3 columns")]
    for number, (kind, changed, message) in enumerate(cases):
        if number == 1:
            shard(2)
        try:
            index(**changed)
        except kind as error:
            assert message in str(error), f"{error} does not say {message}"
        else:
            raise AssertionError(f"accepted, though {message}")
    for changed, message in [(dict(rows=np.full((4, 40_000), np.nan)), "not finite"), (dict(rows=np.ones((4, 0))), "shape (4, 0)")]:
        try:
            shard(0, step=9, **changed)
        except ValueError as error:
            assert message in str(error), error
        else:
            raise AssertionError(f"accepted, though {message}")
    path = index()
    assert not os.path.exists(folder(directory, 0) + ".tmp")
    assert "in 3 shards; all checksums match" in output(inspect, "validate", path)
    found = json.loads(output(inspect, path, "--no-cache", "--format", "json"))["checkpoints"][0]
    assert found["verified"] and found["name"] == "n" and found["configuration"] == {"lr": 0.1}
    norms = np.linalg.norm(rows.astype(np.float32).astype(float)[:2], axis=1)
    assert math.isclose(found["euclidean"]["norm"]["value"], norms.mean(), rel_tol=1e-6)
    print("shards as given")


with tempfile.TemporaryDirectory() as directory:
    check_shards(directory)

with tempfile.TemporaryDirectory() as directory:
    output(sys.executable, here.parents[1] / "samples/python/write_shards.py", directory)
    output(inspect, "validate", directory)
    for file in sorted(pathlib.Path(directory).glob("*.h5")):
        found = json.loads(output(inspect, file, "--no-cache", "--format", "json", "--fisher", "sampled"))["checkpoints"][0]
        count = compare(found, json.loads(output(sys.executable, here / "oracle.py", file, "--fisher", "sampled")), "shards")
        print(f"{file.name}, in shards: {count} values agree")

with tempfile.TemporaryDirectory() as directory:
    files = output(sys.executable, here.parents[1] / "samples/python/write_checkpoint.py", directory).split()
    output(inspect, "validate", directory)
    # The file's first group, and the other one against the first one's Fisher.
    choices = [[], ["--reference", "validation", "--fisher-group", "train"]]
    for file in files:
        for kind, chosen in itertools.product(["exact", "sampled"], choices):
            options = ["--fisher", kind, *chosen]
            found = json.loads(output(inspect, file, "--no-cache", "--format", "json", *options))["checkpoints"][0]
            expected = json.loads(output(sys.executable, here / "oracle.py", file, *options))
            count = compare(found, expected, kind)
            print(f"{pathlib.Path(file).name}, {' '.join(options)}: {count} values agree")
