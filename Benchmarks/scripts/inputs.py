"""The checkpoint files that benchmarks read, made once and kept."""
import os

from measure import python, run


class Inputs:
    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)

    def large(self, rows, factors, parameters):
        """A synthetic checkpoint file of N rows, M factors and P parameters."""
        path = os.path.join(self.directory, f"{rows}-{factors}-{parameters}.h5")
        if not os.path.exists(path):
            print(f"making {path}", flush=True)
            sizes = ("--rows", str(rows), "--factors", str(factors), "--params", str(parameters))
            run(*python("make_large.py", path + ".part", *sizes))
            os.rename(path + ".part", path)
        warm(path)
        return path


def warm(path):
    """Reads `path` once, so that it is in memory for all sides."""
    with open(path, "rb", buffering=0) as file:
        buffer = bytearray(1 << 20)
        while file.readinto(buffer):
            pass
