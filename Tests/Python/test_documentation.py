"""Runs the Python that stands in FromPython.md, as it stands there."""
import glob
import os
import re
import subprocess
import sys
import unittest

import numpy as np

from support import ROOT, Directory, command, has

from gradient_probe import Run

PAGE = os.path.join(ROOT, "Sources", "GradientProbe", "GradientProbe.docc", "FromPython.md")


def snippets():
    """(heading, code) of each block of Python, in the page's order."""
    heading, result = "", []
    with open(PAGE, encoding="utf-8") as file:
        for title, code in re.findall(r"^##+ ([^\n]+)$|^```python\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL):
            heading = title or heading
            if code:
                result.append((heading, code))
    return result


class Documentation(Directory):
    def setUp(self):
        super().setUp()
        self.before = os.getcwd()
        self.addCleanup(os.chdir, self.before)
        os.chdir(self.scratch.name)

    def code(self, heading, *words):
        """The blocks under `heading` that hold all of `words`, of which there has to be one."""
        [found] = [code for title, code in snippets() if title == heading and all(word in code for word in words)]
        return found

    def test_no_snippet_is_left_out(self):
        counts = {}
        for heading, _ in snippets():
            counts[heading] = counts.get(heading, 0) + 1
        self.assertEqual(counts, {"From nothing to a report": 2, "Read": 3, "Record a PyTorch model": 1, "Attach to a trainer": 2,
                                  "Record functions of JAX": 1, "Write rows of anything else": 1})

    def run_script(self, library, lines):
        """A whole script, in a process of its own; what it is said to take; and the report of what it records."""
        code = self.code("From nothing to a report", f"import {library}\n")
        probing = [line for line in code.splitlines() if line.endswith("# probe")]
        self.assertEqual(len(probing), lines)
        self.assertEqual([line for line in code.splitlines() if "gradient_probe" in line or "apture(" in line or "probes =" in line],
                         [line for line in probing if "gradient_probe" in line or "apture(" in line or "probes =" in line])
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        directory = outcome.stdout.strip()
        self.assertEqual(sorted(name for name in os.listdir(directory)), [f"step-{step:08}.h5" for step in range(0, 301, 100)])
        if command() is None:
            return
        self.validate(directory)
        report = subprocess.run([sys.executable, "-m", "gradient_probe", "inspect", *glob.glob(f"runs/{library}/*"), "--no-cache"],
                                capture_output=True, text=True, env=environment)
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertIn("How much do minibatches disagree?", report.stdout)

    @unittest.skipUnless(has("torch"), "needs torch")
    def test_script_of_torch(self):
        self.run_script("torch", 6)

    @unittest.skipUnless(has("jax"), "needs jax")
    def test_script_of_jax(self):
        self.run_script("jax", 7)

    def digits(self):
        """Something at the path that the page reads."""
        return Run("runs/digits").write(1000, [("weight", (2, 3))], np.eye(3, 6), [1.0, 2.0, 3.0], [4] * 3, metrics={"loss": 2.0})

    def test_reading(self):
        self.digits()
        found = {}
        exec(self.code("Read", "h5py"), found)
        np.testing.assert_array_equal(found["gradients"], np.eye(3, 6))
        self.assertEqual((list(found["names"]), found["step"], found["metrics"]), (["weight"], 1000, {"loss": 2.0}))

    @unittest.skipUnless(has("xarray") and has("h5netcdf"), "needs xarray and h5netcdf")
    def test_reading_by_xarray(self):
        self.digits()
        found = {}
        exec(self.code("Read", "xarray"), found)
        np.testing.assert_allclose(found["mean"], np.eye(3, 6).mean(0))
        self.assertEqual(found["sizes"]["size"].values.tolist(), [4] * 3)

    @unittest.skipUnless(has("pandas") and has("matplotlib"), "needs pandas and matplotlib")
    @unittest.skipUnless(command(), "needs inspect: it is not built")
    def test_reading_of_results(self):
        random = np.random.default_rng(1)
        run = Run("runs/digits")
        for step in range(2):
            run.write(step, [("weight", (2, 3))], random.normal(size=(6, 6)) + 1, [1.0] * 6, [4] * 6,
                      factors={"sampled": (random.normal(size=(60, 6)), [row % 6 for row in range(60)])})
        subprocess.run([command(), "runs/digits", "-o", "run.csv", "--no-cache"], capture_output=True, check=True)
        import matplotlib
        matplotlib.use("Agg")
        found = {}
        exec(self.code("Read", "pandas"), found)
        self.assertEqual(len(found["run"].query("measure == 'kl.estimate.regret'")), 2)

    @unittest.skipUnless(has("torch"), "needs torch")
    def test_recording_of_torch(self):
        import torch
        loader = [(torch.randn(4, 3), torch.randint(2, (4,))) for _ in range(3)]
        found = {"torch": torch, "model": torch.nn.Linear(3, 2), "loader": loader, "probes": loader, "loss": 1.0}
        exec(self.code("Record a PyTorch model", "Recorder"), found)
        self.validate(found["recorder"].directory)
        self.assertEqual(os.listdir(found["recorder"].directory), ["step-00000000.h5"])

    @unittest.skipUnless(has("transformers") and has("accelerate"), "needs transformers and accelerate")
    def test_trainer_of_transformers(self):
        import torch
        import transformers
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=2,
                                                                     bos_token_id=0, eos_token_id=0))
        rows = [torch.arange(first, first + 6) % 11 for first in range(24)]
        arguments = transformers.TrainingArguments("trainer", per_device_train_batch_size=4, max_steps=2, use_cpu=True, disable_tqdm=True,
                                                   report_to="none", save_strategy="no", logging_strategy="no")
        trainer = transformers.Trainer(model, arguments, train_dataset=[{"input_ids": row, "labels": row} for row in rows])
        trainer.remove_callback(transformers.PrinterCallback)
        exec(self.code("Attach to a trainer", "transformers"), {"trainer": trainer})
        trainer.train()
        [run] = os.listdir("runs/transformers")
        self.assertEqual(sorted(os.listdir(f"runs/transformers/{run}")), ["step-00000000.h5", "step-00000002.h5"])
        self.validate(f"runs/transformers/{run}")

    @unittest.skipUnless(has("lightning"), "needs lightning")
    def test_trainer_of_lightning(self):
        import lightning.pytorch
        import torch
        found = {"torch": torch, "lightning": lightning.pytorch}
        exec(self.code("Attach to a trainer", "lightning"), found)
        self.assertIn(found["probe"], found["trainer"].callbacks)

    @unittest.skipUnless(has("jax"), "needs jax")
    def test_recording_of_jax(self):
        import jax
        random = np.random.default_rng(1)
        predict = lambda params, batch: batch[0] @ params
        found = {"step": 0, "params": random.normal(size=(3, 2)), "predict": predict,
                 "loss_fn": lambda params, batch: -jax.nn.log_softmax(predict(params, batch))[:, 0].mean(),
                 "probes": [(random.normal(size=(4, 3)),) for _ in range(3)]}
        exec(self.code("Record functions of JAX", "capture"), found)
        self.validate(found["run"].directory)

    def test_rows_of_anything_else(self):
        random = np.random.default_rng(1)
        found = {"step": 0, "losses": [1.0] * 3, "sizes": [4] * 3, "gradients": random.normal(size=(3, 650)),
                 "rows": random.normal(size=(4, 650)), "minibatch_of_each": [0, 1, 2, 2]}
        exec(self.code("Write rows of anything else", "Run"), found)
        self.validate(found["run"].directory)


if __name__ == "__main__":
    unittest.main()
