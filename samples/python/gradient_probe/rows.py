"""Rows of a matrix whose number is not known beforehand."""
import contextlib
import os

import h5py
import numpy as np

from .checksums import tile_checksums
from .hdf5 import attribute, name_axes, values

STORAGE = {"float32": np.float32, "float16": np.float16, "float64": np.float64, "bfloat16": np.uint16}


def checked_storage(storage):
    if storage not in STORAGE:
        raise ValueError(f"storage: {storage!r} is none of {', '.join(STORAGE)}")
    return storage


def stored(row, what, width, storage):
    """One row as it is stored; a ValueError where it is of another length or not finite."""
    row = np.asarray(row).reshape(-1)
    if row.shape != (width,):
        raise ValueError(f"{what}: {row.size} numbers, but the tensors have {width}")
    with np.errstate(over="ignore"):
        if storage == "bfloat16":
            bits = row.astype(np.float32).view(np.uint32)
            # To nearest, ties to even.
            result = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
            finite = (result & 0x7F80) != 0x7F80
        else:
            result = row.astype(STORAGE[storage])
            finite = np.isfinite(result)
    if not finite.all():
        raise ValueError(f"{what} is not finite as {storage}")
    return result


@contextlib.contextmanager
def spooling(path):
    """A file for rows that wait until their number is known, gone afterwards."""
    try:
        with h5py.File(path, "w") as spool:
            yield spool
    finally:
        os.remove(path)


class Rows:
    """Rows in a file of `spooling`, of which one is held at a time, and the checksums of their tiles."""

    def __init__(self, spool, name, rows, width, storage):
        self.storage, self.checksums, count = storage, [], 0
        self.data = spool.create_dataset(name, (0, width), STORAGE[storage], maxshape=(None, width), chunks=(1, max(1, width)))
        for row in rows:
            row = stored(row, f"{name}: row {count}", width, storage)
            self.data.resize(count + 1, axis=0)
            self.data[count] = row
            self.checksums.append(tile_checksums(row))
            count += 1

    def __len__(self):
        return len(self.data)

    def write(self, file, path, axes):
        """The rows as a contiguous dataset whose axes have names."""
        dataset = file.create_dataset(path, self.data.shape, self.data.dtype)
        name_axes(file, dataset, axes)
        for row in range(len(self.data)):
            dataset[row] = self.data[row]
        mark(dataset, self.storage)


def write_parameters(file, parameters, width, storage):
    """θ as one row; returns the checksums of its tiles."""
    row = stored(parameters, "parameters", width, storage)
    values(file, "parameters", row, row.dtype, ["coordinate"])
    mark(file["parameters"], storage)
    return tile_checksums(row)


def mark(dataset, storage):
    if storage == "bfloat16":
        attribute(dataset, "encoding", "bfloat16")
