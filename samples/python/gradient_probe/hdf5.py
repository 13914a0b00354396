"""HDF5 in the form that FORMAT.md asks for."""
import h5py
import numpy as np


def text(value):
    """A text of an attribute or a dataset, whichever form h5py gives it."""
    return value.decode() if isinstance(value, bytes) else str(value)


def attribute(place, name, value):
    """A text of fixed length, or a number."""
    text = h5py.string_dtype("utf-8", max(1, len(value.encode()))) if isinstance(value, str) else None
    place.attrs.create(name, value.encode() if text else value, dtype=text)


def texts(file, path, names, axis):
    """A dataset of texts of fixed length."""
    names = [name.encode() for name in names]
    values(file, path, names, h5py.string_dtype("utf-8", max(map(len, names))), [axis])


def values(file, path, numbers, dtype, axes, units="1"):
    """A contiguous dataset whose axes have names, in HDF5's and netCDF-4's way."""
    name_axes(file, file.create_dataset(path, data=np.asarray(numbers, dtype=dtype)), axes, units)


def name_axes(file, dataset, axes, units="1"):
    """Gives a dataset its unit and the names of its axes."""
    attribute(dataset, "units", units)
    for index, axis in enumerate(axes):
        if axis not in file:
            scale = file.create_dataset(axis, (dataset.shape[index],), np.float32)
            scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{dataset.shape[index]:10}")
        dataset.dims[index].label = axis.split("/")[-1]
        dataset.dims[index].attach_scale(file[axis])
