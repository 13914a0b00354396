#!/usr/bin/env python3
"""Writes checkpoint files of FORMAT.md from Python: any framework's gradients in, one HDF5 file out.

    python3 write_checkpoint.py runs/softmax      # a small classifier in numpy alone, as an example
    swift run inspect runs/softmax

The functions are those of the package beside it: `from gradient_probe.checkpoint import write_checkpoint`.
"""
import sys

from gradient_probe.checkpoint import *
from gradient_probe.checkpoint import main

if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runs/softmax")
