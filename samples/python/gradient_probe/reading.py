"""Checkpoint files as arrays with names."""
import h5py
import numpy as np


def load(path):
    """The arrays of a checkpoint file, or of one that `inspect export` wrote, as an `xarray.Dataset`: variables by their path, with
    their dimensions, and the file's attributes. bfloat16 comes as float32. Needs xarray; reads all of it into memory.

    Raises ValueError for the index of shards, whose matrices are elsewhere.
    """
    import xarray
    with h5py.File(path) as file:
        attributes = {name: plain(value) for name, value in file.attrs.items()}
        if "shards" in file:
            raise ValueError(f"{path}: its matrices are in the files of {path[:-3]}.shards")
        variables = {}

        def visit(name, item):
            if not isinstance(item, h5py.Dataset) or item.attrs.get("CLASS") == b"DIMENSION_SCALE":
                return
            labels = [dimension.label or f"{name}_{axis}" for axis, dimension in enumerate(item.dims)]
            # Factors of two kinds are along two dimensions.
            kind = name.split("/")[1] if name.startswith("fisher/") else None
            labels = [f"{label}_{kind}" if kind and label == "factor" else label for label in labels]
            variables[name] = (labels, numbers(item), {"units": plain(item.attrs["units"])} if "units" in item.attrs else {})

        file.visititems(visit)
        for name in file.get("metrics", {"attrs": None}).attrs if "metrics" in file else ():
            attributes[f"metrics.{name}"] = plain(file["metrics"].attrs[name])
    return xarray.Dataset(variables, attrs=attributes)


def plain(value):
    return value.decode() if isinstance(value, bytes) else value.item() if isinstance(value, np.generic) else value


def numbers(dataset):
    values = dataset[...]
    if plain(dataset.attrs.get("encoding", "")) == "bfloat16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    if dataset.dtype.kind in "SO":
        return np.array([plain(value) for value in values.ravel()], dtype=str).reshape(values.shape)
    return values
