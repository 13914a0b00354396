"""The checksums of FORMAT.md, by xxhash where it is installed; a file without them is whole, and read unverified."""
import functools
import struct
import warnings

import numpy as np

from .hdf5 import attribute, text, values

try:
    import xxhash
except ImportError:
    xxhash = None

ALGORITHM, TILE = "XXH3-64", 16384


def are_possible():
    return xxhash is not None


@functools.lru_cache(maxsize=None)
def say_they_are_not():
    """Once in a process."""
    warnings.warn("xxhash is not installed: checkpoints are written without checksums (pip install xxhash)", stacklevel=2)


def tile_checksums(rows):
    """XXH3 of every row and tile of 16,384 columns, as the numbers are stored; of one row, [T], of its tiles. None without xxhash."""
    if not are_possible():
        return None
    if rows.ndim == 1:
        stored = memoryview(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<"))).cast("B")
        tile = TILE * rows.itemsize
        return np.array([xxhash.xxh3_64_intdigest(stored[first:first + tile]) for first in range(0, len(stored), tile)], np.uint64)
    return np.array([tile_checksums(row) for row in rows], np.uint64)


def seal(file, tables):
    """Adds to an open file, an index or a shard the tables {path: [rows, T]} of its matrices, and what it announces them by; to a
    file or an index also the checksums of all else. The last thing that is written."""
    if not are_possible():
        say_they_are_not()
        return
    attribute(file, "checksums", ALGORITHM)
    attribute(file.require_group("checksums"), "algorithm", ALGORITHM)
    attribute(file["checksums"], "tile_width", TILE)
    for path, table in tables.items():
        values(file, f"checksums/{path}", table, np.uint64, [])
    if text(file.attrs["format"]) == "gradient-probe":
        for name, sum_ in [("groups", groups_checksum(file)), ("hashes", hashes_checksum(file)),
                           ("configuration", configuration_checksum(file)), ("description", description_checksum(file))]:
            if sum_ is not None:
                file["checksums"].create_dataset(name, data=np.uint64(sum_))


class Checksum:
    """The bytes of FORMAT.md's checksums, hashed one after another."""

    def __init__(self):
        self.hash = xxhash.xxh3_64()

    def integer(self, value):
        self.hash.update(struct.pack("<q", int(value)))

    def text(self, value):
        data = value.encode()
        self.integer(len(data))
        self.hash.update(data)

    def list(self, numbers, kind="<i8"):
        numbers = np.asarray(numbers)
        self.integer(numbers.size)
        self.hash.update(numbers.astype(kind).tobytes())

    def matrix(self, dataset):
        shape = dataset.shape
        for extent in shape if len(shape) == 2 else (1,) + shape:
            self.integer(extent)
        self.text(type_of(dataset))


def type_of(dataset):
    """What FORMAT.md calls the type of a matrix."""
    return "bfloat16" if text(dataset.attrs.get("encoding", "")) == "bfloat16" else dataset.dtype.name


def groups_checksum(file):
    if "groups" not in file:
        return None
    sum_ = Checksum()
    names = file["groups/name"][...]
    sum_.integer(len(names))
    for name in names:
        sum_.text(text(name))
    sum_.list(file["minibatches/group"][...])
    return sum_.hash.intdigest()


def hashes_checksum(file):
    if "hash" not in file["minibatches"]:
        return None
    sum_ = Checksum()
    sum_.list(file["minibatches/hash"][...], "<u8")
    return sum_.hash.intdigest()


def configuration_checksum(file):
    if "name" not in file.attrs and "configuration" not in file:
        return None
    sum_ = Checksum()
    sum_.integer(int("name" in file.attrs))
    if "name" in file.attrs:
        sum_.text(text(file.attrs["name"]))
    settings = in_order(file, "configuration")
    sum_.integer(len(settings))
    for name, value in settings:
        sum_.text(name)
        if isinstance(value, (bytes, str)):
            sum_.text("text")
            sum_.text(text(value))
        else:
            sum_.text("number")
            sum_.list([value], "<f8")
    return sum_.hash.intdigest()


def in_order(file, group):
    """The attributes of a group, in the order of the bytes of their names."""
    return sorted(file[group].attrs.items(), key=lambda item: item[0].encode()) if group in file else []


def description_checksum(file):
    """Of the description of an open checkpoint or index."""
    sum_, attrs, is_index = Checksum(), file.attrs, "shards" in file
    sum_.text("gradient-probe")
    sum_.integer(2 if is_index else 1)
    for name in ("creator", "created", "run"):
        sum_.text(text(attrs[name]))
    for name in ("sequence", "step"):
        sum_.integer(attrs[name])
    for name in ("sampling", "likelihood"):
        sum_.text(text(attrs[name]))
    if is_index:
        sum_.integer(len(file["minibatches/loss"]))
        sum_.integer(file["tensors/count"][...].sum())
    else:
        sum_.matrix(file["gradients"])
    sum_.list(file["minibatches/loss"][...], "<f8")
    sum_.list(file["minibatches/size"][...])
    sum_.integer(-1)  # no steps of minibatches: θ does not move
    kinds = list(file["fisher"]) if "fisher" in file else []
    kinds = [kind for kind in ("empirical", "exact", "sampled") if kind in kinds]
    sum_.integer(len(kinds))
    for kind in kinds:
        sum_.text(kind)
        if not is_index:
            sum_.matrix(file[f"fisher/{kind}/factors"])
        sum_.list(file[f"fisher/{kind}/minibatch"][...])
    sum_.integer(len(file["tensors/name"]))
    for row, name in enumerate(file["tensors/name"][...]):
        sum_.text(text(name))
        sum_.integer(file["tensors/offset"][row])
        sum_.integer(file["tensors/count"][row])
        sum_.list(np.trim_zeros(file["tensors/shape"][row], "b"))
    if not is_index:
        sum_.integer(int("parameters" in file))
        if "parameters" in file:
            sum_.matrix(file["parameters"])
    metrics = in_order(file, "metrics")
    sum_.integer(len(metrics))
    for name, value in metrics:
        sum_.text(name)
        sum_.list([value], "<f8")
    if is_index:
        sum_.integer(len(file["shards/file"]))
        for row, name in enumerate(file["shards/file"][...]):
            sum_.text(text(name))
            sum_.integer(file["shards/offset"][row])
            sum_.integer(file["shards/count"][row])
            sum_.hash.update(struct.pack("<Q", int(file["shards/checksum"][row])))
    return sum_.hash.intdigest()


def shard_checksum(file, names):
    """Of the description of an open shard with the matrices `names`."""
    sum_ = Checksum()
    sum_.text("gradient-probe-shard")
    sum_.integer(2)
    sum_.text(text(file.attrs["run"]))
    for name in ("step", "shard", "shards"):
        sum_.integer(file.attrs[name])
    sum_.integer(len(names))
    for name in names:
        sum_.text("/" + name)
        sum_.matrix(file[name])
        sum_.list(file[f"checksums/{name}"][...], "<u8")
    return sum_.hash.intdigest()
