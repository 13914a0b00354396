"""Checkpoint files of FORMAT.md, of any framework's gradients, one HDF5 file each."""
import contextlib, datetime, hashlib, os, uuid
import h5py
import numpy as np
from .checksums import seal, tile_checksums
from .hdf5 import attribute, texts, values

KINDS = ("empirical", "exact", "sampled")


def write_checkpoint(directory, tensors, gradients, losses, sizes, *, run, sequence, step, factors={}, parameters=None,
                     metrics={}, likelihood="unspecified", groups=None, hashes=None, name=None, configuration={}):
    """Publishes one checkpoint as step-00000000.h5 of its step, and returns the path.

    tensors:   [(name, shape)] in the order of the columns, P numbers in all
    gradients: [N, P], of the mean loss of N minibatches, all at the same parameters, without weight decay
    losses, sizes: [N], mean loss in nats and number of examples of each minibatch: what its loss is the mean over, so
               tokens, not sequences, for a language model whose loss is averaged over tokens
    groups:    for each minibatch the name of the data it is of, such as "train" and "validation", sources or classes; the
               first minibatch's is the one that a report's first numbers are of. None: all are of one kind
    hashes:    for each minibatch a hash of its examples, 0 to 2⁶⁴ − 1, the same wherever the same examples are recorded, such
               as `hash_of` makes of arrays; by it `inspect compare` knows that two models met the same minibatches
    name:      what people call the run; None: reports call it by its directory
    configuration: {setting: number or text}, such as {"lr": 0.1, "optimizer": "sgd"}
    factors:   {"exact" | "sampled" | "empirical": (rows [M, P], minibatch [M])}, the Fisher being rowsᵀ rows / M

    Raises ValueError, and writes nothing, for what no reader could use; FileExistsError where the step is recorded.
    """
    gradients, losses, sizes, factors = checked(tensors, gradients, losses, sizes, factors, parameters)
    groups = checked_groups(groups, len(gradients))
    hashes = checked_hashes(hashes, len(gradients))
    configuration = checked_configuration(name, configuration)
    path = os.path.join(directory, f"step-{step:08}.h5")
    if os.path.exists(path):
        raise FileExistsError(f"{path} exists: record a new run in a new directory")
    os.makedirs(directory, exist_ok=True)
    with publishing(path) as unfinished:
        fill(unfinished, tensors, gradients, losses, sizes, factors, parameters, metrics, run, sequence, step, likelihood,
             groups, hashes, name, configuration)
        with h5py.File(unfinished, "r+") as file:
            matrices = {"gradients": gradients} | {f"fisher/{kind}/factors": rows for kind, (rows, _) in factors.items()}
            if parameters is not None:
                matrices["parameters"] = np.asarray(parameters, np.float32)
            seal(file, {path: tile_checksums(rows) for path, rows in matrices.items()})
    return path


def fresh_directory(parent):
    """Makes and returns a directory of its own for a run, named after the time, such as runs/mine/20260127T101500-1."""
    os.makedirs(parent, exist_ok=True)
    stem = os.path.join(parent, datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S"))
    number = 1
    while True:
        try:
            os.mkdir(f"{stem}-{number}")
            return f"{stem}-{number}"
        except FileExistsError:
            number += 1


@contextlib.contextmanager
def publishing(path):
    """The name under which the file `path` is written until it is whole; it has its own afterwards, unless something was raised."""
    # Of this process alone, so that two writers of one step do not mix their rows.
    unfinished = f"{path}.{os.getpid()}.tmp"
    try:
        yield unfinished
        publish(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)


def publish(unfinished, path):
    """The name is the promise that the file is whole: waits for the disk, names it, waits for the directory."""
    sync(unfinished, os.O_RDWR)
    # A link fails where the name is taken; a rename would put one writer's file in the place of another's.
    os.link(unfinished, path)
    sync(os.path.dirname(path) or ".", os.O_RDONLY)


def sync(name, flag):
    descriptor = os.open(name, flag)
    os.fsync(descriptor)
    os.close(descriptor)


def fill(name, tensors, gradients, losses, sizes, factors, parameters, metrics, run, sequence, step, likelihood, groups,
         hashes, title, configuration):
    with h5py.File(name, "w") as file:
        root = {"format": "gradient-probe", "format_version": 1, "creator": "gradient_probe (Python) 0.1.0",
                "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "run": run,
                "sequence": sequence, "step": step, "sampling": "fixed", "likelihood": likelihood}
        for key, value in root.items():
            attribute(file, key, value)
        if title is not None:
            attribute(file, "name", title)
        for key, value in configuration.items():
            attribute(file.require_group("configuration"), key, value)

        counts = [int(np.prod(shape, dtype=int)) for _, shape in tensors]
        rank = max([len(shape) for _, shape in tensors] + [1])
        texts(file, "tensors/name", [name for name, _ in tensors], "tensor")
        values(file, "tensors/offset", np.cumsum([0] + counts[:-1]), np.int64, ["tensor"])
        values(file, "tensors/count", counts, np.int64, ["tensor"])
        shapes = [list(shape) + [0] * (rank - len(shape)) for _, shape in tensors]
        values(file, "tensors/shape", shapes, np.int64, ["tensor", "axis"])

        if gradients is not None:  # an index of shards holds none
            values(file, "gradients", gradients, np.float32, ["minibatch", "coordinate"])
        values(file, "minibatches/loss", losses, np.float64, ["minibatch"], "nats")
        values(file, "minibatches/size", sizes, np.int64, ["minibatch"])
        if groups is not None:
            names = list(dict.fromkeys(groups))
            texts(file, "groups/name", names, "group")
            values(file, "minibatches/group", [names.index(name) for name in groups], np.int64, ["minibatch"])
        if hashes is not None:
            values(file, "minibatches/hash", hashes, np.uint64, ["minibatch"])
        for kind, (rows, minibatch) in factors.items():
            values(file, f"fisher/{kind}/factors", rows, np.float32, [f"fisher/{kind}/factor", "coordinate"])
            values(file, f"fisher/{kind}/minibatch", minibatch, np.int64, [f"fisher/{kind}/factor"])
        if parameters is not None:
            values(file, "parameters", parameters, np.float32, ["coordinate"])
        for name, value in metrics.items():
            attribute(file.require_group("metrics"), name, float(value))


def checked(tensors, gradients, losses, sizes, factors, parameters):
    """The arrays as they are written, or a ValueError that says what is wrong and where."""
    width = sum(int(np.prod(shape, dtype=int)) for _, shape in tensors)
    gradients = rows_of("gradients", gradients, width)
    count = len(gradients)
    losses, sizes = checked_minibatches(losses, sizes, count)
    result = {}
    for kind, (rows, minibatch) in factors.items():
        rows = rows_of(f"{checked_kind(kind)} factors", rows, width)
        result[kind] = rows, checked_owners(kind, minibatch, len(rows), count)
    if parameters is not None:
        rows_of("parameters", np.asarray(parameters)[None], width)
    return gradients, losses, sizes, result


def checked_minibatches(losses, sizes, count):
    """The losses and sizes of `count` minibatches, or a ValueError."""
    if count < 2:
        raise ValueError(f"gradients: {count} rows, at least 2 minibatches are needed")
    losses = vector("losses", losses, count, "minibatches")
    if not np.isfinite(losses).all():
        raise ValueError(f"losses: {first_bad(np.isfinite(losses))} is not finite")
    sizes = whole("sizes", sizes, count, "minibatches")
    if (sizes < 1).any():
        raise ValueError(f"sizes: {first_bad(sizes >= 1)} is less than 1")
    return losses, sizes


def checked_kind(kind):
    """The kind of factors, or a ValueError."""
    if kind not in KINDS:
        raise ValueError(f"factors: unknown kind {kind!r}")
    return kind


def checked_owners(kind, minibatch, rows, count):
    """The minibatch of each of `rows` factor rows, one of `count` or -1, or a ValueError."""
    minibatch = whole(f"{kind} minibatch", minibatch, rows, "factors")
    known = (minibatch >= -1) & (minibatch < count)
    if not known.all():
        raise ValueError(f"{kind} minibatch: {first_bad(known)} is {minibatch[~known][0]}, not in -1…{count - 1}")
    return minibatch


def checked_groups(groups, count):
    """The name of each minibatch's group, or None; a ValueError where they are no names or not one a minibatch."""
    if groups is None:
        return None
    if isinstance(groups, str):  # its letters would pass for names where there are as many minibatches
        raise ValueError(f"groups: {groups!r} is one name, but one for each minibatch is needed")
    groups = list(groups)
    if len(groups) != count:
        raise ValueError(f"groups: {len(groups)} names, but there are {count} minibatches")
    for row, name in enumerate(groups):
        if not is_name(name):
            raise ValueError(f"groups: row {row} is {name!r}, not a name of 1 to 4096 bytes")
    return groups


def checked_hashes(hashes, count):
    """The hash of each minibatch as uint64, or None; a ValueError where they are no such numbers or not one a minibatch."""
    if hashes is None:
        return None
    hashes = list(hashes)
    if len(hashes) != count:
        raise ValueError(f"hashes: {len(hashes)} numbers, but there are {count} minibatches")
    for row, value in enumerate(hashes):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not 0 <= value < 2**64:
            raise ValueError(f"hashes: row {row} is {value!r}, not a whole number of 64 bits")
    return np.array(hashes, np.uint64)


def hash_of(*arrays):
    """A hash of arrays of numbers, shapes and types included, the same in every process."""
    digest = hashlib.blake2b(digest_size=8)
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return int.from_bytes(digest.digest(), "little")


def checked_configuration(name, configuration):
    """The settings as numbers and texts; a ValueError where they or the run's name are neither."""
    if name is not None and not is_name(name):
        raise ValueError(f"name: {name!r} is not a name of 1 to 4096 bytes")
    if len(configuration) > 1024:
        raise ValueError(f"configuration: {len(configuration)} settings, more than 1024")
    result = {}
    for key, value in configuration.items():
        if not is_name(key) or len(key.encode()) > 255:
            raise ValueError(f"configuration: {key!r} is not a name of 1 to 255 bytes")
        if isinstance(value, (bool, np.bool_)):
            value = "true" if value else "false"
        if isinstance(value, str):
            if value != "" and not is_name(value):
                raise ValueError(f"configuration: {key} is no text of up to 4096 bytes")
        else:
            try:
                value = float(value)
            except (TypeError, ValueError, OverflowError):
                raise ValueError(f"configuration: {key} is {value!r}, neither a number nor a text") from None
        result[key] = value
    return result


def is_name(name):
    """Whether a text of fixed length can hold it: UTF-8 of 1 to 4096 bytes, a zero being its end."""
    try:
        return isinstance(name, str) and "\0" not in name and 1 <= len(name.encode()) <= 4096
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def rows_of(name, rows, width):
    """Finite float32 rows of `width` numbers."""
    try:
        with np.errstate(over="ignore"):
            rows = np.asarray(rows, np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: rows differ in length, or are not numbers") from None
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"{name}: shape {rows.shape}, but the tensors have {width} numbers a row")
    if len(rows) == 0:
        raise ValueError(f"{name}: no rows")
    finite = np.array([np.isfinite(row).all() for row in rows])
    if not finite.all():
        raise ValueError(f"{name}: {first_bad(finite)} is not finite as float32")
    return rows


def vector(name, numbers, count, what):
    numbers = np.asarray(list(numbers))
    if numbers.shape != (count,) or numbers.dtype.kind not in "iuf":
        raise ValueError(f"{name}: shape {numbers.shape} of {numbers.dtype}, but there are {count} {what}")
    return numbers


def whole(name, numbers, count, what):
    numbers = vector(name, numbers, count, what)
    if numbers.dtype.kind == "f":
        raise ValueError(f"{name}: not whole numbers")
    return numbers


def first_bad(good):
    return f"row {int(np.argmin(good))}"


def main(directory):
    """Softmax regression on three clouds of points, a checkpoint every twenty steps, of training and of held-out data."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(3, 5))

    def minibatch(size):
        labels = random.integers(3, size=size)
        return centres[labels] + random.normal(size=(size, 5)), labels

    def probabilities(x):
        exponentials = np.exp(x @ weight.T + bias)
        return exponentials / exponentials.sum(1, keepdims=True)

    def row(x, cotangent):
        return np.concatenate([(cotangent.T @ x).ravel(), cotangent.sum(0)])

    weight, bias = np.zeros((3, 5)), np.zeros(3)
    batches, groups = [minibatch(16) for _ in range(18)], ["train"] * 12 + ["validation"] * 6
    identity, run = np.eye(3), str(uuid.uuid4())
    for step in range(61):
        if step % 20 == 0:
            gradients, losses, exact, owner, sampled = [], [], [], [], []
            for index, (x, labels) in enumerate(batches):
                p = probabilities(x)
                gradients.append(row(x, (p - identity[labels]) / len(x)))
                losses.append(-np.log(p[np.arange(len(x)), labels]).mean())
                if groups[index] != "train":  # the Fisher is of the training data
                    continue
                for b in range(len(x)):
                    for c in range(3):  # √C·Jᵀh with h = √p_c (e_c − p)
                        h = np.sqrt(p[b, c]) * (identity[c] - p[b])
                        exact.append(np.sqrt(3) * row(x[b:b + 1], h[None]))
                        owner.append(index)
                drawn = np.array([random.choice(3, p=q) for q in p])
                sampled.append(np.sqrt(len(x)) * row(x, (p - identity[drawn]) / len(x)))
            path = write_checkpoint(
                directory, [("weight", (3, 5)), ("bias", (3,))], gradients, losses, [len(x) for x, _ in batches], run=run,
                sequence=step // 20, step=step, likelihood="categorical", groups=groups,
                hashes=[hash_of(x, labels) for x, labels in batches],
                name="softmax", configuration={"learning_rate": 0.1, "optimizer": "sgd"},
                metrics={"train_loss": np.mean(losses[:12]), "validation_loss": np.mean(losses[12:])},
                factors={"exact": (exact, owner), "sampled": (sampled, range(len(sampled)))},
                parameters=np.concatenate([weight.ravel(), bias]))
            print(path)
        x, labels = minibatch(16)
        change = row(x, (probabilities(x) - identity[labels]) / len(x))
        weight, bias = weight - 0.1 * change[:15].reshape(3, 5), bias - 0.1 * change[15:]
