"""What tests of samples/python/gradient_probe share."""
import functools
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if importlib.util.find_spec("gradient_probe") is None:
    sys.path.insert(0, os.path.join(ROOT, "samples", "python"))

from gradient_probe.__main__ import command


@functools.lru_cache(maxsize=None)
def has(library):
    """Whether `library` is there and can be imported."""
    return importlib.util.find_spec(library) is not None and subprocess.run(
        [sys.executable, "-c", f"import {library}"], capture_output=True).returncode == 0


class Directory(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.directory = os.path.join(self.scratch.name, "run")

    def validate(self, *paths):
        """What `inspect` says of files, where it is built."""
        if command() is None:
            return
        outcome = subprocess.run([command(), "validate", *paths], capture_output=True, text=True)
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
        return outcome.stdout
