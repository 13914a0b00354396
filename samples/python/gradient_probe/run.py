"""A run's directory: which steps are due, and checkpoints whose rows come one by one."""
import contextlib
import glob
import os
import uuid

import h5py
import numpy as np

from .checkpoint import (KINDS, attribute, checked_configuration, checked_groups, checked_hashes, checked_kind, checked_minibatches,
                         checked_owners, fill, fresh_directory, name_axes, publishing, values)
from .reading import plain

STORAGE = {"float32": np.float32, "float16": np.float16, "float64": np.float64, "bfloat16": np.uint16}


def grouped(batches):
    """Minibatches, or {group: minibatches}, as a list, the group of each or None, and which of them are of the first group, whose
    data the Fisher is of."""
    if not isinstance(batches, dict):
        return batches, None, list(range(len(batches)))
    groups = [name for name, some in batches.items() for _ in some]
    batches = [batch for some in batches.values() for batch in some]
    return batches, groups, [index for index, group in enumerate(groups) if group == groups[0]]


def kinds_of(factors, default):
    """The kinds of factors that are asked for by one name, several or None, which is `default`."""
    kinds = default if factors is None else [factors] if isinstance(factors, str) else list(factors)
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"factors: {kind!r} is none of sampled, empirical and exact")
    return kinds


class Run:
    """A run that is recorded into `directory`, which may not hold another one, unless `resume` goes on with it.

    every:   steps from one checkpoint to the next, for `is_due`; or a collection of steps
    name:    what people call the run; configuration: its settings, numbers or texts
    storage: how numbers are stored: float32, bfloat16, float16 or float64
    """

    def __init__(self, directory, *, every=100, name=None, configuration=None, resume=False, storage="float32"):
        if storage not in STORAGE:
            raise ValueError(f"storage: {storage!r} is none of {', '.join(STORAGE)}")
        self.directory, self.every, self.name, self.storage = directory, every, name, storage
        self.configuration = dict(configuration or {})
        checked_configuration(name, self.configuration)
        self.id, self.sequence, self.recorded, self.tensors = str(uuid.uuid4()), 0, set(), None
        for path in sorted(glob.glob(os.path.join(glob.escape(directory), "step-*.h5"))):
            if path.endswith(".slice.h5"):
                continue
            if not resume:
                raise FileExistsError(f"{directory} holds checkpoints already: resume=True goes on with that run")
            with h5py.File(path) as file:
                self.id = plain(file.attrs["run"])
                self.sequence = max(self.sequence, int(file.attrs["sequence"]) + 1)
                self.recorded.add(int(file.attrs["step"]))

    @classmethod
    def fresh(cls, parent, **options):
        """A run in a directory of its own below `parent`, such as runs/mine/20260127T101500-1."""
        return cls(fresh_directory(parent), **options)

    def is_due(self, step):
        """Whether a checkpoint of `step` is asked for that the run does not hold yet."""
        due = step % self.every == 0 if isinstance(self.every, int) else step in self.every
        return due and step not in self.recorded

    def write(self, step, tensors, rows, losses, sizes, *, factors=None, parameters=None, metrics=None,
              likelihood="unspecified", groups=None, hashes=None):
        """Publishes the checkpoint of `step` and returns its path; None where the run holds it already.

        rows:    the N gradients, from any iterator, of which one is held at a time
        losses, sizes: N numbers, which may be lists that the iterator fills
        factors: {kind: (iterator of rows, [M] minibatch of each)}, read after the gradients, kind after kind

        Raises ValueError, and writes nothing, for rows that no reader could use.
        """
        if step in self.recorded:
            return None
        path = os.path.join(self.directory, f"step-{step:08}.h5")
        os.makedirs(self.directory, exist_ok=True)
        width = sum(int(np.prod(shape, dtype=int)) for _, shape in tensors)
        if self.tensors not in (None, list(tensors)):
            raise ValueError("the tensors are not those of the checkpoints before")
        factors = factors or {}
        with publishing(path) as unfinished, self._rows(unfinished + ".rows") as spool:
            count = self._spool(spool, "gradients", rows, width)
            losses, sizes = checked_minibatches(losses, sizes, count)
            owners = {}
            for kind, (some, minibatch) in factors.items():
                found = self._spool(spool, checked_kind(kind), some, width)
                if found == 0:
                    raise ValueError(f"{kind} factors: no rows")
                owners[kind] = checked_owners(kind, minibatch, found, count)
            fill(unfinished, tensors, None, losses, sizes, {}, None, metrics or {}, self.id, self.sequence, step, likelihood,
                 checked_groups(groups, count), checked_hashes(hashes, count), self.name,
                 checked_configuration(self.name, self.configuration))
            with h5py.File(unfinished, "r+") as file:
                self._copy(spool["gradients"], file, "gradients", ["minibatch", "coordinate"])
                for kind, minibatch in owners.items():
                    self._copy(spool[kind], file, f"fisher/{kind}/factors", [f"fisher/{kind}/factor", "coordinate"])
                    values(file, f"fisher/{kind}/minibatch", minibatch, np.int64, [f"fisher/{kind}/factor"])
                if parameters is not None:
                    stored = self._stored(np.asarray(parameters), "parameters", width)
                    values(file, "parameters", stored, stored.dtype, ["coordinate"])
                    self._mark(file["parameters"])
        self.tensors = list(tensors)
        self.recorded.add(step)
        self.sequence += 1
        return path

    @staticmethod
    @contextlib.contextmanager
    def _rows(path):
        """A file for rows whose number is not known beforehand, gone afterwards."""
        try:
            with h5py.File(path, "w") as spool:
                yield spool
        finally:
            os.remove(path)

    def _stored(self, row, what, width):
        """One row as it is stored; a ValueError where it is of another length or not finite."""
        row = np.asarray(row).reshape(-1)
        if row.shape != (width,):
            raise ValueError(f"{what}: {row.size} numbers, but the tensors have {width}")
        with np.errstate(over="ignore"):
            if self.storage == "bfloat16":
                bits = row.astype(np.float32).view(np.uint32)
                # To nearest, ties to even.
                stored = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
                finite = (stored & 0x7F80) != 0x7F80
            else:
                stored = row.astype(STORAGE[self.storage])
                finite = np.isfinite(stored)
        if not finite.all():
            raise ValueError(f"{what} is not finite as {self.storage}")
        return stored

    def _spool(self, spool, name, rows, width):
        """Rows whose number is not known beforehand, in a file beside the one that they are for."""
        data = spool.create_dataset(name, (0, width), STORAGE[self.storage], maxshape=(None, width), chunks=(1, max(1, width)))
        count = 0
        for row in rows:
            data.resize(count + 1, axis=0)
            data[count] = self._stored(row, f"{name}: row {count}", width)
            count += 1
        return count

    def _copy(self, source, file, path, axes):
        """Rows into a contiguous dataset whose axes have names."""
        dataset = file.create_dataset(path, source.shape, source.dtype)
        name_axes(file, dataset, axes)
        for row in range(len(source)):
            dataset[row] = source[row]
        self._mark(dataset)

    def _mark(self, dataset):
        if self.storage == "bfloat16":
            attribute(dataset, "encoding", "bfloat16")
