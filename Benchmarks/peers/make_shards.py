#!/usr/bin/env python3
"""Cuts a checkpoint file of one into shards of equal columns, for runs over many files.

    python3 make_shards.py FILE DIRECTORY --count 4

Needs numpy, h5py and xxhash.
"""
import argparse
import os
import sys
import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples", "python"))
from write_shards import write_index, write_shard

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("file")
p.add_argument("directory")
p.add_argument("--count", type=int, default=4)
a = p.parse_args()
os.makedirs(a.directory, exist_ok=True)
with h5py.File(a.file) as f:
    columns = f["gradients"].shape[1]
    ends = [columns * rank // a.count for rank in range(a.count + 1)]
    kinds = list(f.get("fisher", []))
    for rank in range(a.count):
        part = slice(ends[rank], ends[rank + 1])
        write_shard(a.directory, rank, a.count, f["gradients"][:, part], run="large", step=0,
                    factors={kind: f[f"fisher/{kind}/factors"][:, part] for kind in kinds})
    names = [name.decode() if isinstance(name, bytes) else name for name in f["tensors/name"]]
    write_index(a.directory, list(zip(names, [(int(n),) for n in f["tensors/count"]])), f["minibatches/loss"][:],
                f["minibatches/size"][:], run="large", sequence=0, step=0, count=a.count,
                factor_minibatches={kind: f[f"fisher/{kind}/minibatch"][:] for kind in kinds})
