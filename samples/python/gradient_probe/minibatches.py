"""Minibatches of PyTorch that are the same at every checkpoint of a run."""
import itertools
import random
from collections.abc import Mapping

from torch.utils.data import IterableDataset

from .passes import keeping_random_numbers


def kept(batches, count, seed):
    """Minibatches as a list, or as {group: list}; of a loader, which may give others each time, the first `count`."""
    if isinstance(batches, Mapping):
        return {group: kept(some, count, seed) for group, some in batches.items()}
    if isinstance(batches, (list, tuple)):
        return list(batches)
    # Loaders draw random numbers when they begin, which training is not to notice.
    with keeping_random_numbers(seed):
        return list(itertools.islice(batches, count))


def drawn(loader, size, count, seed):
    """`count` minibatches of `size` examples, drawn without replacement from the data of a `DataLoader`, whatever its own order.

    The same for the same seed, also where the data or the loader's `collate_fn` draw random numbers. Fewer where the data have not
    as many examples; ValueError where they make less than two, or cannot be indexed.
    """
    data = getattr(loader, "dataset", None)
    if isinstance(data, IterableDataset) or not hasattr(data, "__getitem__") or not hasattr(data, "__len__"):
        raise ValueError("the training data can't be indexed: give the probe's minibatches by batches=")
    if size is None:
        raise ValueError("the training loader has no batch_size: say minibatch_size=")
    count = min(count, len(data) // size)
    if count < 2:
        raise ValueError(f"the training data have {len(data)} examples, too few for two minibatches of {size}")
    order = random.Random(seed).sample(range(len(data)), count * size)
    with keeping_random_numbers(seed):
        return [loader.collate_fn([data[index] for index in order[first:first + size]]) for first in range(0, len(order), size)]
