#!/usr/bin/env python3
"""Removes the checksums from a checkpoint file in place: what a file by a writer without them looks like. Needs h5py."""
import sys

import h5py

with h5py.File(sys.argv[1], "r+") as file:
    del file["checksums"]
