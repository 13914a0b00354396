"""A run's directory: which steps are due, and checkpoints whose rows come one by one."""
import glob
import os
import uuid

import h5py
import numpy as np

from .checkpoint import (attribute, checked_configuration, checked_groups, checked_hashes, fill, fresh_directory, publish, values)
from .reading import plain

STORAGE = {"float32": np.float32, "float16": np.float16, "float64": np.float64, "bfloat16": np.uint16}


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
        unfinished = f"{path}.{os.getpid()}.tmp"
        width = sum(int(np.prod(shape, dtype=int)) for _, shape in tensors)
        if self.tensors not in (None, list(tensors)):
            raise ValueError("the tensors are not those of the checkpoints before")
        factors = factors or {}
        try:
            with h5py.File(unfinished + ".rows", "w") as spool:
                count = self._spool(spool, "gradients", rows, width)
                if count < 2:
                    raise ValueError(f"gradients: {count} rows, at least 2 minibatches are needed")
                if len(losses) != count or len(sizes) != count or not np.isfinite(losses).all() or min(sizes) < 1:
                    raise ValueError(f"losses and sizes: finite numbers and numbers from 1 are needed, {count} of each")
                owners = {}
                for kind, (some, minibatch) in factors.items():
                    found = self._spool(spool, kind, some, width)
                    owners[kind] = np.asarray(minibatch, np.int64)
                    if found == 0 or owners[kind].shape != (found,):
                        raise ValueError(f"{kind} factors: {found} rows for {len(owners[kind])} minibatches")
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
            publish(unfinished, path)
        finally:
            for name in (unfinished, unfinished + ".rows"):
                if os.path.exists(name):
                    os.remove(name)
        self.tensors = list(tensors)
        self.recorded.add(step)
        self.sequence += 1
        return path

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
        attribute(dataset, "units", "1")
        for index, axis in enumerate(axes):
            if axis not in file:
                scale = file.create_dataset(axis, (dataset.shape[index],), np.float32)
                scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{dataset.shape[index]:10}")
            dataset.dims[index].label = axis.split("/")[-1]
            dataset.dims[index].attach_scale(file[axis])
        for row in range(len(source)):
            dataset[row] = source[row]
        self._mark(dataset)

    def _mark(self, dataset):
        if self.storage == "bfloat16":
            attribute(dataset, "encoding", "bfloat16")
