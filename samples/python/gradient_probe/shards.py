"""Sharded checkpoints of FORMAT.md: each process its own columns, one the index.

Processes need nothing between them but a directory that all see: each calls `write_shard`, and then one of them, once the others'
are there, `write_index`. Needs xxhash beside numpy and h5py.
"""
import multiprocessing, os, sys, time, uuid
import h5py
import numpy as np
from .checkpoint import (KINDS, checked_configuration, checked_groups, checked_hashes, checked_kind, checked_minibatches,
                         checked_owners, fill, publishing, rows_of, sync)
from .checksums import are_possible, seal, shard_checksum, type_of
from .hdf5 import attribute, text, texts, values
from .rows import Rows, spooling, write_parameters


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
    gradients = rows_of("gradients", gradients, width)
    factors = {checked_kind(kind): rows_of(f"{kind} factors", rows, width) for kind, rows in factors.items()}
    if parameters is not None:
        parameters = rows_of("parameters", np.asarray(parameters)[None], width)[0]
    return write_shard_rows(directory, rank, count, width, gradients, run=run, step=step, factors=factors, parameters=parameters)


def write_shard_rows(directory, rank, count, width, gradients, *, run, step, factors={}, parameters=None, storage="float32"):
    """The same of rows of `width` numbers from any iterators, of which one is held at a time; factors are read after the gradients,
    kind after kind."""
    if not are_possible():
        raise ImportError("an index tells shards by their checksums, which take xxhash: pip install xxhash")
    gathering = folder(directory, step) + ".tmp"
    os.makedirs(gathering, exist_ok=True)
    path = os.path.join(gathering, shard_name(rank, count))
    with publishing(path) as unfinished, spooling(unfinished + ".rows") as spool:
        matrices = {"gradients": Rows(spool, "gradients", gradients, width, storage)}
        for kind, rows in factors.items():
            matrices[f"fisher/{kind}/factors"] = Rows(spool, kind, rows, width, storage)
            if len(matrices[f"fisher/{kind}/factors"]) == 0:
                raise ValueError(f"{kind} factors: no rows")
        with h5py.File(unfinished, "w") as file:
            for key, value in {"format": "gradient-probe-shard", "format_version": 2, "run": run, "step": step, "shard": rank,
                               "shards": count}.items():
                attribute(file, key, value)
            for name, rows in matrices.items():
                rows.write(file, name, ["minibatch" if name == "gradients" else name[:-1], "coordinate"])
            tables = {name: rows.checksums for name, rows in matrices.items()}
            if parameters is not None:
                tables["parameters"] = write_parameters(file, parameters, width, storage)
            seal(file, tables)
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
            own = {name_: f"{len(file[name_]) if name_ != 'parameters' else 1} rows of {type_of(file[name_])}"
                   for name_ in matrix_names(file)}
            if kinds not in (None, own):
                raise ValueError(f"{shard}: {own}, unlike the {kinds} of rank 0")
            kinds = own
            counts.append(file["gradients"].shape[1])
            sums.append(shard_checksum(file, matrix_names(file)))
    if offsets is None:
        offsets = np.cumsum([0] + counts[:-1]).tolist()
    total = sum(int(np.prod(shape, dtype=int)) for _, shape in tensors)
    ends = sorted(zip(offsets, counts))
    if [first for first, _ in ends] != np.cumsum([0] + [n for _, n in ends[:-1]]).tolist() or sum(counts) != total:
        raise ValueError(f"shards of {counts} columns from {offsets} on do not cover {total} columns once")
    factor_minibatches = {kind: np.asarray(factor_minibatches[kind], np.int64) for kind in KINDS if kind in factor_minibatches}
    for kind, ids in factor_minibatches.items():
        rows = int(kinds.get(f"fisher/{kind}/factors", "0").split()[0])
        if rows != len(ids):
            raise ValueError(f"{kind} minibatch: {len(ids)} values for {rows} rows of factors")
        checked_owners(kind, ids, len(ids), len(losses))
    losses, sizes = checked_minibatches(losses, sizes, len(losses))
    groups, hashes = checked_groups(groups, len(losses)), checked_hashes(hashes, len(losses))
    configuration = checked_configuration(name, configuration)
    with publishing(path) as unfinished:
        fill(unfinished, tensors, None, losses, sizes, {}, None, metrics, run, sequence, step, likelihood, groups, hashes, name,
             configuration)
        with h5py.File(unfinished, "r+") as file:
            file.attrs.modify("format_version", 2)
            for kind, ids in factor_minibatches.items():
                values(file, f"fisher/{kind}/minibatch", ids, np.int64, [f"fisher/{kind}/factor"])
            texts(file, "shards/file", names, "shard")
            values(file, "shards/offset", offsets, np.int64, ["shard"])
            values(file, "shards/count", counts, np.int64, ["shard"])
            values(file, "shards/checksum", sums, np.uint64, ["shard"])
            seal(file, {})
        sync(gathering, os.O_RDONLY)
        os.rename(gathering, final)
        sync(directory, os.O_RDONLY)
    return path


def matrix_names(file):
    names = ["gradients"] + [f"fisher/{kind}/factors" for kind in KINDS] + ["parameters"]
    return [name for name in names if name in file]


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
