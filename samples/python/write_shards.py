#!/usr/bin/env python3
"""Writes sharded checkpoints of FORMAT.md from Python: each process its own columns, one the index.

    python3 write_shards.py runs/sharded      # four processes that share out a small classifier, as an example
    swift run inspect runs/sharded

The functions are those of the package beside it: `from gradient_probe.shards import write_index, write_shard`.
"""
import sys

from gradient_probe.shards import *
from gradient_probe.shards import main

if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runs/sharded")
