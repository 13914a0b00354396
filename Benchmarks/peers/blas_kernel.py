#!/usr/bin/env python3
"""Prints the BLAS that numpy uses and, where it is OpenBLAS and says so, the processor that its kernels are for."""
import ctypes

import numpy as np

print(np.show_config(mode="dicts")["Build Dependencies"]["blas"].get("name", "unknown BLAS"), np.__version__, end="")
with open("/proc/self/maps") as maps:
    libraries = {line.split()[-1] for line in maps if "blas" in line and ".so" in line}
for path in libraries:
    library = ctypes.CDLL(path)
    for name in ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename"):
        if hasattr(library, name):
            function = getattr(library, name)
            function.restype = ctypes.c_char_p
            print(", kernels for", function().decode(), end="")
            break
print()
