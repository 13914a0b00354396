"""Tests of samples/python/gradient_probe. `sh scripts/test-python.sh` runs them; those of torch and jax where they are installed."""
import json
import os
import pathlib
import subprocess
import sys
import unittest
import unittest.mock

import h5py
import numpy as np

from support import Directory, command, has

from gradient_probe import Run, hash_of, load

HAS_TORCH, HAS_JAX, HAS_XARRAY = has("torch"), has("jax"), has("xarray")


class Runs(Directory):
    tensors = [("weight", (2, 3)), ("bias", (2,))]

    def rows(self, count=3):
        return np.random.default_rng(1).normal(size=(count, 8))

    def test_rows_come_back_as_they_were_stored(self):
        for storage, tolerance in [("float32", 1e-7), ("bfloat16", 4e-3), ("float16", 1e-3), ("float64", 0)]:
            with self.subTest(storage):
                run = Run(os.path.join(self.directory, storage), storage=storage)
                rows, factors = self.rows(), self.rows(5)
                path = run.write(7, self.tensors, iter(rows), [1.0] * 3, [4] * 3, parameters=rows[0], metrics={"a": 2.0},
                                 factors={"sampled": (iter(factors), [0, 0, 1, 2, -1])}, groups=["x", "x", "y"],
                                 hashes=[hash_of(row) for row in rows])
                self.validate(path)
                with h5py.File(path) as file:
                    for name, expected in [("gradients", rows), ("fisher/sampled/factors", factors), ("parameters", rows[0])]:
                        found = file[name][...]
                        if storage == "bfloat16":
                            found = (found.astype(np.uint32) << 16).view(np.float32)
                        np.testing.assert_allclose(found, expected, rtol=tolerance)
                    self.assertEqual(file["gradients"].chunks, None)

    def test_a_run_is_resumed_or_refused(self):
        run = Run(self.directory, every=10, name="mine")
        self.assertTrue(run.is_due(0) and run.is_due(10) and not run.is_due(5))
        run.write(0, self.tensors, self.rows(), [1.0] * 3, [4] * 3)
        self.assertFalse(run.is_due(0))
        self.assertIsNone(run.write(0, self.tensors, self.rows(), [1.0] * 3, [4] * 3))
        with self.assertRaises(FileExistsError):
            Run(self.directory)
        again = Run(self.directory, every=10, resume=True)
        self.assertFalse(again.is_due(0))
        again.write(10, self.tensors, self.rows(), [1.0] * 3, [4] * 3)
        self.assertEqual((again.id, again.sequence), (run.id, 2))
        self.validate(self.directory)

    def test_what_no_reader_could_use_leaves_nothing(self):
        rows, bad = self.rows(), self.rows()
        bad[1, 2] = np.nan
        for arguments in [(bad, [1.0] * 3, [4] * 3), (rows[:1], [1.0], [4]), (rows[:, :5], [1.0] * 3, [4] * 3),
                          (rows, [1.0] * 2, [4] * 3), (rows, [np.inf] * 3, [4] * 3), (rows, [1.0] * 3, [0] * 3)]:
            with self.assertRaises(ValueError):
                Run(self.directory).write(0, self.tensors, *arguments)
        with self.assertRaises(ValueError):
            Run(self.directory).write(0, self.tensors, rows, [1.0] * 3, [4] * 3, factors={"exact": (rows, [0, 1])})
        with self.assertRaises(ValueError):
            Run(self.directory, storage="float16").write(0, self.tensors, rows * 1e6, [1.0] * 3, [4] * 3)
        with self.assertRaises(ValueError):
            Run(self.directory, storage="int8")
        self.assertEqual(os.listdir(self.directory), [])

    @unittest.skipUnless(HAS_XARRAY, "needs xarray")
    def test_load(self):
        rows = self.rows()
        path = Run(self.directory, storage="bfloat16").write(
            0, self.tensors, rows, [1.0] * 3, [4] * 3, factors={"exact": (self.rows(4), [0, 1, 2, 2])}, metrics={"loss": 3.0})
        data = load(path)
        self.assertEqual(data["gradients"].dims, ("minibatch", "coordinate"))
        self.assertEqual(data["fisher/exact/factors"].dims, ("factor_exact", "coordinate"))
        np.testing.assert_allclose(data["gradients"], rows, rtol=4e-3)
        self.assertEqual(list(data["tensors/name"].values), ["weight", "bias"])
        self.assertEqual((data.attrs["step"], data.attrs["metrics.loss"]), (0, 3.0))


class Command(Directory):
    def test_inspect_is_found_in_the_checkout_that_pip_was_given(self):
        checkout = os.path.join(self.scratch.name, "a checkout")
        built = os.path.join(checkout, ".build", "release", "inspect")
        os.makedirs(os.path.dirname(built))
        with open(built, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(built, 0o755)
        address = pathlib.Path(checkout, "samples", "python").as_uri()
        for told, expected in [(json.dumps({"url": address, "dir_info": {}}), built), (None, None), ("{}", None), ("?", None),
                               (json.dumps({"url": "https://example.org/samples/python"}), None)]:
            with self.subTest(told), unittest.mock.patch.dict(os.environ, {"GRADIENT_PROBE_INSPECT": "", "PATH": ""}), \
                    unittest.mock.patch("importlib.metadata.distribution") as distribution:
                distribution.return_value.read_text.return_value = told
                found = command()
                self.assertEqual(found if found is None or found.startswith(checkout) else None, expected)


@unittest.skipUnless(HAS_TORCH, "needs torch")
class Torch(Directory):
    def setUp(self):
        super().setUp()
        import torch
        from gradient_probe.torch import Recorder
        torch.manual_seed(0)
        self.torch, self.Recorder = torch, Recorder
        self.cross_entropy = torch.nn.functional.cross_entropy

    def model(self):
        nn = self.torch.nn
        return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))

    def batches(self, count=3, size=6):
        return [(self.torch.randn(size, 4), self.torch.randint(3, (size,))) for _ in range(count)]

    def gradient(self, model, loss):
        found = self.torch.autograd.grad(loss, [p for p in model.parameters() if p.requires_grad], allow_unused=True)
        return self.torch.cat([g.reshape(-1) for g in found]).numpy()

    def jacobian(self, model, x):
        """[C, P] of one input."""
        outputs = model(x[None])[0]
        return np.stack([np.concatenate([g.reshape(-1).numpy() for g in self.torch.autograd.grad(
            z, list(model.parameters()), retain_graph=True)]) for z in outputs]), outputs.detach().double()

    def test_gradients_and_every_kind_of_factors(self):
        model, batches = self.model(), self.batches()
        path = self.Recorder(self.directory).capture(
            model, self.cross_entropy, batches, step=3, factors=["exact", "empirical", "sampled"], draws=400, metrics={"a": 1.0})
        self.validate(path)
        with h5py.File(path) as file:
            fishers = {kind: file[f"fisher/{kind}/factors"][...].astype(float) for kind in ("exact", "sampled")}
            for row, batch in enumerate(batches):
                expected = self.gradient(model, self.cross_entropy(model(batch[0]), batch[1]))
                np.testing.assert_allclose(file["gradients"][row], expected, rtol=1e-4, atol=1e-7)
                own = file["fisher/empirical/factors"][...][file["fisher/empirical/minibatch"][...] == row]
                self.assertEqual(len(own), 6)
                np.testing.assert_allclose(own.mean(0), expected, rtol=1e-3, atol=1e-6)
            expected = np.zeros((43, 43))
            for x in self.torch.cat([batch[0] for batch in batches]):
                jacobian, z = self.jacobian(model, x)
                p = z.softmax(-1).numpy()
                expected += jacobian.T @ (np.diag(p) - np.outer(p, p)) @ jacobian / 18
            for kind, tolerance in [("exact", 1e-5), ("sampled", 0.2)]:
                found = fishers[kind].T @ fishers[kind] / len(fishers[kind])
                self.assertLess(np.linalg.norm(found - expected), tolerance * np.linalg.norm(expected), kind)
            self.assertEqual(file["minibatches/hash"].shape, (3,))
            self.assertEqual([n.decode() for n in file["tensors/name"][...]], [n for n, _ in model.named_parameters()])

    def test_regression_and_bernoulli(self):
        nn, functional = self.torch.nn, self.torch.nn.functional
        model = nn.Linear(4, 2)
        for likelihood, loss, targets in [
                ("gaussian", lambda z, y: 0.5 * (z - y).square().sum(1).mean(), self.torch.randn(6, 2)),
                ("bernoulli", lambda z, y: functional.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1).mean(),
                 self.torch.randint(2, (6, 2)).float())]:
            batches = [(self.torch.randn(6, 4), targets) for _ in range(2)]
            path = self.Recorder(os.path.join(self.directory, likelihood)).capture(
                model, loss, batches, step=0, likelihood=likelihood, factors=["exact", "sampled", "empirical"], draws=2000)
            with h5py.File(path) as file:
                exact, sampled = (file[f"fisher/{kind}/factors"][...].astype(float) for kind in ("exact", "sampled"))
                expected = exact.T @ exact / len(exact)
                self.assertLess(np.linalg.norm(sampled.T @ sampled / len(sampled) - expected), 0.15 * np.linalg.norm(expected))
                for row in range(2):
                    own = file["fisher/empirical/factors"][...][file["fisher/empirical/minibatch"][...] == row]
                    np.testing.assert_allclose(own.mean(0), file["gradients"][row], rtol=1e-3, atol=1e-6)

    def test_frozen_unused_tied_and_sparse_parameters(self):
        torch, nn = self.torch, self.torch.nn

        class Language(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = nn.Embedding(7, 4, sparse=True)
                self.frozen, self.unused = nn.Linear(4, 4), nn.Linear(2, 2)
                self.frozen.requires_grad_(False)
                self.head, self.tied = nn.Linear(4, 7, bias=False), nn.Linear(4, 7, bias=False)
                self.tied.weight = self.head.weight

            def forward(self, input_ids):
                hidden = self.frozen(self.embedding(input_ids).mean(1))
                return self.head(hidden) + self.tied(hidden)

        model = Language()
        batches = [{"input_ids": torch.randint(7, (5, 3)), "labels": torch.randint(7, (5,))} for _ in range(3)]
        path = self.Recorder(self.directory).capture(model, self.cross_entropy, batches, step=0)
        self.validate(path)
        with h5py.File(path) as file:
            names = [name.decode() for name in file["tensors/name"][...]]
            self.assertEqual(names, ["embedding.weight", "unused.weight", "unused.bias", "head.weight"])
            self.assertEqual(file["gradients"].shape, (3, 28 + 6 + 28))
            self.assertTrue((file["gradients"][:, 28:34] == 0).all() and (file["gradients"][:, 34:] != 0).any())
            self.assertTrue((file["gradients"][:, :28] != 0).any())

    def test_the_model_is_left_as_it_was(self):
        nn = self.torch.nn
        model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 3))
        model.train()
        model[1].eval()  # as when statistics are frozen
        before = {name: value.clone() for name, value in model.state_dict().items()}
        recorder, batches = self.Recorder(self.directory), self.batches()
        first = recorder.capture(model, self.cross_entropy, batches, step=0)
        second = recorder.capture(model, self.cross_entropy, batches, step=1)
        self.assertEqual([module.training for module in model], [True, False, True, True])
        self.assertTrue(all((before[name] == value).all() for name, value in model.state_dict().items()))
        self.assertTrue(all(p.grad is None for p in model.parameters()))
        with h5py.File(first) as one, h5py.File(second) as other:
            np.testing.assert_array_equal(one["gradients"][...], other["gradients"][...])
        broken = self.batches()
        broken[1][0][0, 0] = float("nan")
        with self.assertRaises(ValueError):
            recorder.capture(model, self.cross_entropy, broken, step=2)
        self.assertEqual([module.training for module in model], [True, False, True, True])
        self.assertEqual(sorted(os.listdir(self.directory)), ["step-00000000.h5", "step-00000001.h5"])

    def test_groups_tokens_and_half_precision(self):
        torch = self.torch
        model = torch.nn.Linear(4, 3).to(torch.bfloat16)
        def loss(logits, labels):
            return self.cross_entropy(logits.reshape(-1, 3).float(), labels.reshape(-1))
        def batch():
            labels = torch.randint(3, (2, 5))
            labels[0, :2] = -100
            return torch.randn(2, 5, 4, dtype=torch.bfloat16), labels
        path = self.Recorder(self.directory, storage="bfloat16").capture(
            model, loss, {"train": [batch() for _ in range(3)], "validation": [batch() for _ in range(2)]}, step=0,
            likelihood="categorical", factors=["sampled", "empirical"], draws=2)
        self.validate(path)
        with h5py.File(path) as file:
            self.assertEqual(file["minibatches/size"][...].tolist(), [8] * 5)
            self.assertEqual(file["fisher/sampled/minibatch"][...].tolist(), [0, 0, 1, 1, 2, 2])
            self.assertEqual(file["fisher/empirical/factors"].shape[0], 24)
            self.assertEqual([name.decode() for name in file["groups/name"][...]], ["train", "validation"])

    def test_a_report_comes_of_it(self):
        if command() is None:
            self.skipTest("inspect is not built")
        recorder = self.Recorder(self.directory, every=1)
        model, batches = self.model(), self.batches(8)
        optimizer = self.torch.optim.SGD(model.parameters(), lr=0.1)
        for step in range(2):
            recorder.capture(model, self.cross_entropy, batches, step=step)
            optimizer.zero_grad()
            self.cross_entropy(model(batches[0][0]), batches[0][1]).backward()
            optimizer.step()
        outcome = subprocess.run([sys.executable, "-m", "gradient_probe", "inspect", self.directory, "--no-cache"],
                                 capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("How much do minibatches disagree?", outcome.stdout)


@unittest.skipUnless(HAS_JAX, "needs jax")
class JAX(Directory):
    def setUp(self):
        super().setUp()
        import jax
        from gradient_probe.jax import capture
        self.jax, self.capture = jax, capture
        key = jax.random.key(0)
        self.params = {"dense": {"kernel": jax.random.normal(key, (4, 3)), "bias": jax.numpy.zeros(3)}}
        keys = jax.random.split(key, 8)
        self.batches = [(jax.random.normal(k, (6, 4)), jax.random.randint(k, (6,), 0, 3)) for k in keys[:4]]

    @staticmethod
    def predict(params, batch):
        return batch[0] @ params["dense"]["kernel"] + params["dense"]["bias"]

    def loss(self, params, batch):
        logs = self.jax.nn.log_softmax(self.predict(params, batch))
        return -self.jax.numpy.take_along_axis(logs, batch[1][:, None], 1).mean()

    def test_gradients_and_every_kind_of_factors(self):
        path = self.capture(
            Run(self.directory), self.loss, self.params, self.batches, step=3, predict=self.predict, targets=lambda batch: batch[1],
            factors=["exact", "empirical", "sampled"], draws=400, metrics={"a": 1.0})
        self.validate(path)
        with h5py.File(path) as file:
            self.assertEqual([n.decode() for n in file["tensors/name"][...]], ["dense.bias", "dense.kernel"])
            for row, batch in enumerate(self.batches):
                found = self.jax.grad(self.loss)(self.params, batch)["dense"]
                expected = np.concatenate([np.asarray(found["bias"]), np.asarray(found["kernel"]).ravel()])
                np.testing.assert_allclose(file["gradients"][row], expected, rtol=1e-4, atol=1e-7)
                own = file["fisher/empirical/factors"][...][file["fisher/empirical/minibatch"][...] == row]
                np.testing.assert_allclose(own.mean(0), expected, rtol=1e-3, atol=1e-6)
            exact, sampled = (file[f"fisher/{kind}/factors"][...].astype(float) for kind in ("exact", "sampled"))
            self.assertEqual(len(exact), 4 * 6 * 3)
            expected = exact.T @ exact / len(exact)
            self.assertLess(np.linalg.norm(sampled.T @ sampled / len(sampled) - expected), 0.2 * np.linalg.norm(expected))
            # From the definition: the mean over examples of Jᵀ(diag p − ppᵀ)J.
            by_hand = np.zeros((15, 15))
            for batch in self.batches:
                for x in np.asarray(batch[0], float):
                    z = x @ np.asarray(self.params["dense"]["kernel"], float)
                    p = np.exp(z) / np.exp(z).sum()
                    jacobian = np.concatenate([np.eye(3), np.kron(x[:, None], np.eye(3)).reshape(12, 3)]).T
                    by_hand += jacobian.T @ (np.diag(p) - np.outer(p, p)) @ jacobian / 24
            np.testing.assert_allclose(expected, by_hand, atol=1e-5)

    def test_groups_and_other_likelihoods(self):
        numpy = self.jax.numpy
        def loss(params, batch):
            return 0.5 * numpy.square(self.predict(params, batch) - numpy.eye(3)[batch[1]]).sum(1).mean()
        for likelihood in ("gaussian", "bernoulli"):
            path = self.capture(
                Run(os.path.join(self.directory, likelihood)), loss, self.params,
                {"train": self.batches[:2], "validation": self.batches[2:]}, step=0, predict=self.predict, likelihood=likelihood,
                factors=["exact", "sampled"], draws=2000)
            self.validate(path)
            with h5py.File(path) as file:
                self.assertEqual(sorted(set(file["fisher/exact/minibatch"][...])), [0, 1])
                exact, sampled = (file[f"fisher/{kind}/factors"][...].astype(float) for kind in ("exact", "sampled"))
                expected = exact.T @ exact / len(exact)
                self.assertLess(np.linalg.norm(sampled.T @ sampled / len(sampled) - expected), 0.15 * np.linalg.norm(expected))
        for arguments in [{"factors": "sampled"}, {"predict": self.predict, "factors": "empirical"}, {"likelihood": "poisson"}]:
            with self.assertRaises(ValueError):
                self.capture(Run(os.path.join(self.directory, "none")), loss, self.params, self.batches, step=0, **arguments)


if __name__ == "__main__":
    unittest.main()
