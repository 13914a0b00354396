"""Tests of the checksums that files written in Python hold: `inspect` is what verifies them."""
import json
import os
import subprocess
import sys
import unittest

import h5py
import numpy as np

from support import Directory, command, has

from gradient_probe import Run, hash_of, write_checkpoint

HAS_XXHASH = has("xxhash")


class Checksums(Directory):
    # Two tiles and a part of one; bfloat16 has 2 bytes a number, float64 8.
    tensors = [("weight", (200, 200)), ("scalar", ())]
    settings = {"lr": 0.1, "optimizer": "adam", "ä": "größer"}

    def write(self, storage, **options):
        random = np.random.default_rng(1)
        rows, factors = random.normal(size=(3, 40_001)), random.normal(size=(4, 40_001))
        return Run(os.path.join(self.directory, storage), storage=storage, name="ä run", configuration=self.settings).write(
            5, self.tensors, iter(rows), [1.0, 2.0, 3.0], [4, 4, 5], parameters=rows[0], metrics={"loss": 2.0, "ä": np.inf},
            groups=["x", "y", "x"], hashes=[hash_of(row) for row in rows], likelihood="categorical",
            factors={"sampled": (iter(factors), [0, 1, 2, -1]), "exact": (iter(factors[:2]), [0, 1])}, **options)

    def outcome(self, path):
        return subprocess.run([command(), "validate", path], capture_output=True, text=True)

    @unittest.skipUnless(HAS_XXHASH, "needs xxhash")
    @unittest.skipUnless(command(), "needs inspect: it is not built")
    def test_every_type_of_number_is_verified(self):
        for storage in ("float32", "bfloat16", "float16", "float64"):
            with self.subTest(storage):
                found = self.outcome(self.write(storage))
                self.assertEqual(found.returncode, 0, found.stdout)
                self.assertIn("all checksums match", found.stdout)
        plain = write_checkpoint(self.directory, [("w", (3,))], np.eye(3), [1.0] * 3, [4] * 3, run="r", sequence=0, step=0,
                                 factors={"exact": (np.eye(3), [0, 1, 2])}, parameters=[1, 2, 3])
        self.assertIn("all checksums match", self.outcome(plain).stdout)
        report = subprocess.run([command(), plain, "--no-cache", "--format", "json"], capture_output=True, text=True, check=True)
        self.assertIs(json.loads(report.stdout)["checkpoints"][0]["verified"], True)

    @unittest.skipUnless(HAS_XXHASH, "needs xxhash")
    @unittest.skipUnless(command(), "needs inspect: it is not built")
    def test_a_flipped_bit_is_found_wherever_it_is(self):
        path = self.write("float32")
        with open(path, "rb") as file:
            sound = file.read()
        with h5py.File(path) as file:
            names = ["gradients", "fisher/sampled/factors", "fisher/exact/factors", "parameters", "minibatches/loss", "minibatches/size",
                     "minibatches/hash", "fisher/sampled/minibatch", "tensors/name", "groups/name", "checksums/gradients",
                     "checksums/description"]
            # The last byte of an integer's low ones, and of what is stored: another value, still one of the kind.
            places = {name: file[name].id.get_offset() + file[name].id.get_storage_size() - 8 for name in names}
        places["tensors/name"], places["groups/name"] = sound.index(b"weight"), sound.index(b"xy")
        for setting in (b"adam", "ä run".encode()):
            places[setting.decode()] = sound.index(setting)
        for name, place in places.items():
            with self.subTest(name), open(path, "r+b") as file:
                file.seek(place)
                file.write(bytes([sound[place] ^ 1]))
                file.flush()
                found = self.outcome(path)
                self.assertEqual(found.returncode, 1, found.stdout)
                self.assertIn("checksum", found.stdout)
                file.seek(place)
                file.write(sound[place:place + 1])
        self.assertEqual(self.outcome(path).returncode, 0)

    def test_without_xxhash_files_are_whole_and_that_is_said_once(self):
        os.makedirs(self.directory)
        script = f"""
import sys
sys.modules["xxhash"] = None
import numpy as np
from gradient_probe import Run
run = Run({self.directory!r}, every=1)
for step in range(2):
    run.write(step, [("w", (3,))], np.eye(3), [1.0] * 3, [4] * 3)
"""
        outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                                 env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(outcome.stderr.count("xxhash is not installed"), 1, outcome.stderr)
        path = os.path.join(self.directory, "step-00000001.h5")
        with h5py.File(path) as file:
            self.assertFalse("checksums" in file or "checksums" in file.attrs)
        outcome = subprocess.run([sys.executable, "-c", f"""
import sys
sys.modules["xxhash"] = None
import numpy as np
from gradient_probe.shards import write_shard
write_shard({self.directory!r}, 0, 1, np.eye(3), run="r", step=9)
"""], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertIn("ImportError: an index tells shards by their checksums, which take xxhash", outcome.stderr)
        if command():
            self.assertIn("note: no checksums", self.outcome(path).stdout)


if __name__ == "__main__":
    unittest.main()
