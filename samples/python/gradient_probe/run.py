"""A run's directory: which steps are due, and checkpoints whose rows come one by one."""
import glob
import os
import uuid

import h5py
import numpy as np

from .checkpoint import (KINDS, checked_configuration, checked_groups, checked_hashes, checked_kind, checked_minibatches,
                         checked_owners, fill, fresh_directory, publishing)
from .checksums import seal
from .hdf5 import values
from .reading import plain
from .rows import Rows, checked_storage, spooling, write_parameters


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
        self.directory, self.every, self.name, self.storage = directory, every, name, checked_storage(storage)
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
        with publishing(path) as unfinished, spooling(unfinished + ".rows") as spool:
            matrices = {"gradients": Rows(spool, "gradients", rows, width, self.storage)}
            count = len(matrices["gradients"])
            losses, sizes = checked_minibatches(losses, sizes, count)
            owners = {}
            for kind, (some, minibatch) in factors.items():
                found = Rows(spool, checked_kind(kind), some, width, self.storage)
                if len(found) == 0:
                    raise ValueError(f"{kind} factors: no rows")
                matrices[f"fisher/{kind}/factors"] = found
                owners[kind] = checked_owners(kind, minibatch, len(found), count)
            fill(unfinished, tensors, None, losses, sizes, {}, None, metrics or {}, self.id, self.sequence, step, likelihood,
                 checked_groups(groups, count), checked_hashes(hashes, count), self.name,
                 checked_configuration(self.name, self.configuration))
            with h5py.File(unfinished, "r+") as file:
                for name, found in matrices.items():
                    found.write(file, name, ["minibatch" if name == "gradients" else name[:-1], "coordinate"])
                for kind, minibatch in owners.items():
                    values(file, f"fisher/{kind}/minibatch", minibatch, np.int64, [f"fisher/{kind}/factor"])
                tables = {name: found.checksums for name, found in matrices.items()}
                if parameters is not None:
                    tables["parameters"] = write_parameters(file, parameters, width, self.storage)
                seal(file, tables)
        self.tensors = list(tensors)
        self.recorded.add(step)
        self.sequence += 1
        return path
