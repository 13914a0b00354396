"""Sharded checkpoints of FORMAT.md: each process its own columns, one the index.

Processes need nothing between them but a directory that all see: each calls `write_shard`, and then one of them, once the others'
are there, `write_index`. Needs xxhash beside numpy and h5py.
"""
import multiprocessing, os, struct, sys, time, uuid
import h5py
import numpy as np
import xxhash
from .checkpoint import (KINDS, attribute, checked_configuration, checked_groups, checked_hashes, checked_kind, checked_minibatches,
                         checked_owners, fill, publishing, rows_of, sync, texts, values)

TILE = 16384


def folder(directory, step):
    return os.path.join(directory, f"step-{step:08}.shards")


def shard_name(rank, count):
    return f"{rank:05}-of-{count:05}.h5"


def write_shard(directory, rank, count, gradients, *, run, step, factors={}, parameters=None):
    """Writes the columns of one process into the temporary folder of the step's shards, and returns the path.

    gradients: [N, P_r], the process's columns of every minibatch's gradient
    factors:   {"exact" | "sampled" | "empirical": rows [M, P_r]}

    Raises ValueError, and writes nothing, for what no reader could use.
    """
    if not 0 <= rank < count <= 4096:
        raise ValueError(f"rank {rank} of {count}: ranks from 0, of 1 to 4096, are needed")
    gradients = np.asarray(gradients)
    if gradients.ndim != 2 or gradients.shape[1] == 0:
        raise ValueError(f"gradients: shape {gradients.shape}, but rows of columns are needed")
    width = gradients.shape[1]
    matrices = {"gradients": rows_of("gradients", gradients, width)}
    for kind in factors:
        checked_kind(kind)
    for kind in KINDS:
        if kind in factors:
            matrices[f"fisher/{kind}/factors"] = rows_of(f"{kind} factors", factors[kind], width)
    if parameters is not None:
        matrices["parameters"] = rows_of("parameters", np.asarray(parameters)[None], width)
    gathering = folder(directory, step) + ".tmp"
    os.makedirs(gathering, exist_ok=True)
    path = os.path.join(gathering, shard_name(rank, count))
    with publishing(path) as unfinished:
        with h5py.File(unfinished, "w") as file:
            for key, value in {"format": "gradient-probe-shard", "format_version": 2, "run": run, "step": step, "shard": rank,
                               "shards": count, "checksums": "XXH3-64"}.items():
                attribute(file, key, value)
            attribute(file.require_group("checksums"), "algorithm", "XXH3-64")
            attribute(file["checksums"], "tile_width", TILE)
            for name, rows in matrices.items():
                is_row = name == "parameters"
                axes = ["coordinate"] if is_row else ["minibatch" if name == "gradients" else name.replace("factors", "factor"),
                                                      "coordinate"]
                values(file, name, rows[0] if is_row else rows, np.float32, axes)
                sums = tile_checksums(rows)
                values(file, f"checksums/{name}", sums[0] if is_row else sums, np.uint64, [])
    return path


def write_index(directory, tensors, losses, sizes, *, run, sequence, step, count, offsets=None, factor_minibatches={},
                metrics={}, likelihood="unspecified", groups=None, hashes=None, name=None, configuration={}):
    """Publishes a checkpoint of the `count` shards that lie in the step's temporary folder, and returns the index's path.

    tensors:   [(name, shape)] in the order of the columns of all shards
    offsets:   the first column of each shard; None: one after another by rank
    factor_minibatches: {kind: [M]}, for each factor row its minibatch, -1 for other data
    The rest is as in `write_checkpoint`.

    Raises FileNotFoundError for shards that are not there, ValueError for shards that are of something else.
    """
    path = os.path.join(directory, f"step-{step:08}.h5")
    if os.path.exists(path):
        raise FileExistsError(f"{path} exists: record a new run in a new directory")
    gathering, final = folder(directory, step) + ".tmp", folder(directory, step)
    names = [shard_name(rank, count) for rank in range(count)]
    missing = [str(rank) for rank, name_ in enumerate(names) if not os.path.exists(os.path.join(gathering, name_))]
    if missing:
        raise FileNotFoundError(f"{gathering}: no shard came from ranks {', '.join(missing)} of {count}")
    counts, sums, kinds = [], [], None
    for rank, shard in enumerate(names):
        with h5py.File(os.path.join(gathering, shard)) as file:
            if (text(file.attrs["run"]), int(file.attrs["step"])) != (run, step):
                raise ValueError(f"{shard}: it is of another run or step")
            if len(file["gradients"]) != len(losses):
                raise ValueError(f"{shard}: {len(file['gradients'])} rows, but there are {len(losses)} minibatches")
            own = {name_: len(file[name_]) for name_ in matrix_names(file) if name_ != "parameters"}
            if kinds not in (None, own):
                raise ValueError(f"{shard}: {own}, unlike the {kinds} of rank 0")
            kinds = own
            counts.append(file["gradients"].shape[1])
            sums.append(shard_checksum(file, run, step, rank, count))
    if offsets is None:
        offsets = np.cumsum([0] + counts[:-1]).tolist()
    total = sum(int(np.prod(shape, dtype=int)) for _, shape in tensors)
    ends = sorted(zip(offsets, counts))
    if [first for first, _ in ends] != np.cumsum([0] + [n for _, n in ends[:-1]]).tolist() or sum(counts) != total:
        raise ValueError(f"shards of {counts} columns from {offsets} on do not cover {total} columns once")
    factor_minibatches = {kind: np.asarray(factor_minibatches[kind], np.int64) for kind in KINDS if kind in factor_minibatches}
    for kind, ids in factor_minibatches.items():
        if kinds.get(f"fisher/{kind}/factors") != len(ids):
            raise ValueError(f"{kind} minibatch: {len(ids)} values for {kinds.get(f'fisher/{kind}/factors', 0)} rows of factors")
        checked_owners(kind, ids, len(ids), len(losses))
    losses, sizes = checked_minibatches(losses, sizes, len(losses))
    groups, hashes = checked_groups(groups, len(losses)), checked_hashes(hashes, len(losses))
    configuration = checked_configuration(name, configuration)
    with publishing(path) as unfinished:
        fill(unfinished, tensors, None, losses, sizes, {}, None, metrics, run, sequence, step, likelihood, groups, hashes, name,
             configuration)
        with h5py.File(unfinished, "r+") as file:
            file.attrs.modify("format_version", 2)
            attribute(file, "checksums", "XXH3-64")
            for kind, ids in factor_minibatches.items():
                values(file, f"fisher/{kind}/minibatch", ids, np.int64, [f"fisher/{kind}/factor"])
            texts(file, "shards/file", names, "shard")
            values(file, "shards/offset", offsets, np.int64, ["shard"])
            values(file, "shards/count", counts, np.int64, ["shard"])
            values(file, "shards/checksum", sums, np.uint64, ["shard"])
            attribute(file.require_group("checksums"), "algorithm", "XXH3-64")
            attribute(file["checksums"], "tile_width", TILE)
            file["checksums"].create_dataset("description", data=np.uint64(index_checksum(file, total)))
        sync(gathering, os.O_RDONLY)
        os.rename(gathering, final)
        sync(directory, os.O_RDONLY)
    return path


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def matrix_names(file):
    names = ["gradients"] + [f"fisher/{kind}/factors" for kind in KINDS] + ["parameters"]
    return [name for name in names if name in file]


def tile_checksums(rows):
    """XXH3 of every row and tile of 16,384 columns."""
    return np.array([[xxhash.xxh3_64_intdigest(np.ascontiguousarray(row[first:first + TILE], "<f4").tobytes())
                      for first in range(0, len(row), TILE)] for row in rows], np.uint64)


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


def shard_checksum(file, run, step, rank, count):
    """Of the description of an open shard."""
    sum_ = Checksum()
    sum_.text("gradient-probe-shard")
    sum_.integer(2)
    sum_.text(run)
    for number in (step, rank, count, len(matrix_names(file))):
        sum_.integer(number)
    for name in matrix_names(file):
        shape = file[name].shape
        sum_.text("/" + name)
        for extent in shape if len(shape) == 2 else (1,) + shape:
            sum_.integer(extent)
        sum_.text("float32")
        sum_.list(file[f"checksums/{name}"][...], "<u8")
    return sum_.hash.intdigest()


def index_checksum(file, total):
    """Of the description of an open index of `total` columns."""
    sum_, attrs = Checksum(), file.attrs
    sum_.text("gradient-probe")
    sum_.integer(2)
    for name in ("creator", "created", "run"):
        sum_.text(text(attrs[name]))
    for name in ("sequence", "step"):
        sum_.integer(attrs[name])
    for name in ("sampling", "likelihood"):
        sum_.text(text(attrs[name]))
    sum_.integer(len(file["minibatches/loss"]))
    sum_.integer(total)
    sum_.list(file["minibatches/loss"][...], "<f8")
    sum_.list(file["minibatches/size"][...])
    sum_.integer(-1)
    kinds = [kind for kind in KINDS if f"fisher/{kind}/minibatch" in file]
    sum_.integer(len(kinds))
    for kind in kinds:
        sum_.text(kind)
        sum_.list(file[f"fisher/{kind}/minibatch"][...])
    sum_.integer(len(file["tensors/name"]))
    for row, name in enumerate(file["tensors/name"][...]):
        sum_.text(text(name))
        sum_.integer(file["tensors/offset"][row])
        sum_.integer(file["tensors/count"][row])
        shape = file["tensors/shape"][row]
        sum_.list(np.trim_zeros(shape, "b"))
    metrics = sorted(file["metrics"].attrs.items(), key=lambda item: item[0].encode()) if "metrics" in file else []
    sum_.integer(len(metrics))
    for name, value in metrics:
        sum_.text(name)
        sum_.list([value], "<f8")
    sum_.integer(len(file["shards/file"]))
    for row, name in enumerate(file["shards/file"][...]):
        sum_.text(text(name))
        sum_.integer(file["shards/offset"][row])
        sum_.integer(file["shards/count"][row])
        sum_.hash.update(struct.pack("<Q", int(file["shards/checksum"][row])))
    return sum_.hash.intdigest()


def rank_main(directory, rank, count, run):
    """One of `count` processes, with its share of a softmax classifier's 128 inputs. All draw the same data."""
    random = np.random.default_rng(1)
    inputs, classes = 128, 3
    centres = random.normal(size=(classes, inputs)) / 4
    own = slice(inputs * rank // count, inputs * (rank + 1) // count)
    for sequence in range(2):
        gradients, losses, rows, owner = [], [], [], []
        for index in range(12):
            labels = random.integers(classes, size=16)
            x = centres[labels] + random.normal(size=(16, inputs))
            z = sequence * (x @ centres.T)
            p = np.exp(z - z.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            losses.append(-np.log(p[np.arange(16), labels]).mean())
            gradients.append((x[:, own].T @ (p - np.eye(classes)[labels]) / 16).ravel())
            for _ in range(8):
                drawn = np.array([random.choice(classes, p=q) for q in p])
                rows.append(4 * (x[:, own].T @ (p - np.eye(classes)[drawn]) / 16).ravel())
                owner.append(index)
        write_shard(directory, rank, count, gradients, run=run, step=sequence, factors={"sampled": rows})
        if rank == 0:
            end = time.monotonic() + 60
            while True:
                try:
                    print(write_index(directory, [("weight", (inputs, classes))], losses, [16] * 12, run=run, sequence=sequence,
                                      step=sequence, count=count, factor_minibatches={"sampled": owner},
                                      likelihood="categorical", metrics={"train_loss": np.mean(losses)}))
                    break
                except FileNotFoundError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.05)


def main(directory):
    run = str(uuid.uuid4())
    ranks = [multiprocessing.Process(target=rank_main, args=(directory, rank, 4, run)) for rank in range(4)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join()
    sys.exit(max(rank.exitcode for rank in ranks))
