"""Tests of the callbacks, with the trainers that they are for, where these are installed. Models are small and made here."""
import logging
import os
import random
import unittest
import warnings

import h5py
import numpy as np

from support import Directory, has

HAS_TRANSFORMERS = has("torch") and has("transformers") and has("accelerate")
HAS_LIGHTNING = has("torch") and (has("lightning") or has("pytorch_lightning"))


def read(path, name="gradients"):
    with h5py.File(path) as file:
        return file[name][...]


class Trained(Directory):
    """What holds of a training whatever trains it; `train(callback, **options)` gives the model's parameters at the end."""

    def check_training_is_the_same(self, make, **options):
        """The parameters at the end are to the last digit those of a training that nothing is captured in."""
        expected = self.train(None, **options)
        # Passes in evaluation mode: dropout and the order of the data draw from the generators that training goes on with.
        found = self.train(make(every=2), **options)
        self.assertEqual(len(expected), len(found))
        for one, other in zip(expected, found):
            np.testing.assert_array_equal(one, other)

    def steps(self):
        return sorted(int(name[5:13]) for name in os.listdir(self.directory))

    def file(self, step):
        return os.path.join(self.directory, f"step-{step:08}.h5")


@unittest.skipUnless(HAS_TRANSFORMERS, "needs torch, transformers and accelerate")
class Transformers(Trained):
    def setUp(self):
        super().setUp()
        import torch
        import transformers
        from gradient_probe.transformers import ProbeCallback
        transformers.logging.set_verbosity_error()
        self.torch, self.transformers, self.ProbeCallback = torch, transformers, ProbeCallback

    def model(self):
        self.torch.manual_seed(0)
        return self.transformers.GPT2LMHeadModel(self.transformers.GPT2Config(
            vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=2, resid_pdrop=0.2, bos_token_id=0, eos_token_id=0))

    def data(self, count=24):
        generator = self.torch.Generator().manual_seed(1)
        rows = [self.torch.randint(11, (6,), generator=generator) for _ in range(count)]
        return [{"input_ids": row, "labels": self.torch.where(self.torch.arange(6) < 2, -100, row)} for row in rows]

    def train(self, callback, model=None, data=None, **options):
        model = model or self.model()
        arguments = self.transformers.TrainingArguments(**({
            "output_dir": os.path.join(self.scratch.name, "trainer"), "per_device_train_batch_size": 4, "max_steps": 5, "use_cpu": True,
            "report_to": "none", "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True, "seed": 3} | options))
        trainer = self.transformers.Trainer(model, arguments, train_dataset=data or self.data(),
                                            callbacks=[callback] if callback else [])
        trainer.remove_callback(self.transformers.PrinterCallback)
        trainer.train()
        return [value.detach().numpy().copy() for value in model.parameters()]

    def callback(self, **options):
        return self.ProbeCallback(self.directory, **({"minibatches": 3} | options))

    def test_training_is_the_same(self):
        for accumulated in (1, 2):
            self.directory = os.path.join(self.scratch.name, str(accumulated))
            self.check_training_is_the_same(lambda **options: self.callback(**options), gradient_accumulation_steps=accumulated)
            self.assertEqual(self.steps(), [0, 2, 4, 5])
            self.validate(self.directory)

    def test_training_in_half_precision_is_the_same_and_probed_in_it(self):
        self.check_training_is_the_same(lambda **options: self.callback(**options), bf16=True)
        self.train(self.ProbeCallback(self.directory + "-full", minibatches=3, every=100, at_end=False))
        half, full = read(self.file(0)), read(self.directory + "-full/step-00000000.h5")
        difference = np.linalg.norm(half - full) / np.linalg.norm(full)
        self.assertTrue(1e-5 < difference < 0.1, difference)

    def test_gradients_are_those_of_the_model_s_own_loss(self):
        model, probes = self.model(), self.data(8)
        batches = [{name: self.torch.stack([row[name] for row in probes[first:first + 4]]) for name in probes[0]} for first in (0, 4)]
        model.eval()
        expected = []
        for batch in batches:
            found = self.torch.autograd.grad(model(**batch).loss, list(model.parameters()))
            expected.append(self.torch.cat([g.reshape(-1) for g in found]).numpy())
        self.train(self.callback(batches={"train": batches, "validation": batches}, every=[0], at_end=False,
                                 factors=["sampled", "empirical"], draws=2, name="tiny"), model=model)
        self.assertEqual(self.steps(), [0])
        np.testing.assert_allclose(read(self.file(0)), expected * 2, rtol=1e-4, atol=1e-7)
        self.assertEqual(read(self.file(0), "minibatches/size").tolist(), [16] * 4)  # the labels that are predicted
        self.assertEqual(len(read(self.file(0), "fisher/sampled/factors")), 4)
        self.assertEqual(len(read(self.file(0), "fisher/empirical/factors")), 32)

    def test_minibatches_are_the_same_at_every_step_whatever_loads_them(self):
        loader = self.torch.utils.data.DataLoader(self.data(), batch_size=4, shuffle=True)
        for batches in (None, loader):
            self.directory = os.path.join(self.scratch.name, str(batches is None))
            self.train(self.callback(batches=batches, every=1, factors=()))
            hashes = [read(self.file(step), "minibatches/hash").tolist() for step in range(6)]
            self.assertEqual(hashes, hashes[:1] * 6)
            self.assertEqual(len(set(hashes[0])), 3)
            self.assertFalse((read(self.file(0)) == read(self.file(1))).all())

    def test_classifiers(self):
        transformers = self.transformers
        model = transformers.BertForSequenceClassification(transformers.BertConfig(
            vocab_size=11, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, num_labels=3))
        data = [row | {"labels": row["input_ids"][0] % 3} for row in self.data()]
        self.train(self.callback(factors="exact"), model=model, data=data)
        self.assertEqual(len(read(self.file(5), "fisher/exact/factors")), 3 * 4 * 3)
        self.validate(self.directory)

    def test_what_cannot_be_probed_is_told(self):
        with self.assertRaisesRegex(TypeError, "no such option: factor;"):
            self.callback(factor="exact")
        with self.assertRaisesRegex(TypeError, "take a loss_fn"):
            self.callback(forward=lambda model, batch: None)
        model = self.model()
        model.loss_function = lambda logits, labels, **rest: logits.square().mean()
        with self.assertRaisesRegex(ValueError, "the model's own loss is .*, but the cross entropy of its logits .*: give loss_fn="):
            self.train(self.callback(), model=model)
        with self.assertRaisesRegex(ValueError, "4 examples, too few for two minibatches of 4"):
            self.train(self.callback(), data=self.data(4))
        self.assertFalse(os.path.exists(self.directory) and os.listdir(self.directory))

    def test_every_training_has_a_directory_of_its_own(self):
        callback = self.ProbeCallback.fresh(self.directory, minibatches=3, every=5)
        directories = []
        for _ in range(2):
            self.train(callback)
            directories.append(callback.recorder.directory)
        self.assertEqual(sorted(os.listdir(self.directory)), sorted(map(os.path.basename, directories)))
        self.assertEqual(len(set(directories)), 2)


@unittest.skipUnless(HAS_LIGHTNING, "needs torch and lightning")
class Lightning(Trained):
    def setUp(self):
        super().setUp()
        import torch
        try:
            import lightning.pytorch as lightning
        except ImportError:
            import pytorch_lightning as lightning
        from gradient_probe.lightning import ProbeCallback
        for name in ("lightning.pytorch", "pytorch_lightning"):
            logging.getLogger(name).setLevel(logging.ERROR)
        warnings.simplefilter("ignore")
        self.torch, self.lightning = torch, lightning
        self.callback = lambda **options: ProbeCallback(self.directory, torch.nn.functional.cross_entropy, **(
            {"minibatches": 3} | options))

        class Classifier(lightning.LightningModule):
            def __init__(self):
                super().__init__()
                self.layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.3),
                                                  torch.nn.Linear(8, 3))

            def forward(self, x):
                return self.layers(x)

            def training_step(self, batch, index):
                self.log("loss", loss := torch.nn.functional.cross_entropy(self(batch[0]), batch[1]))
                return loss

            def configure_optimizers(self):
                return torch.optim.Adam(self.parameters(), lr=0.01)

        self.Classifier = Classifier

    def loader(self, count=24):
        generator = self.torch.Generator().manual_seed(1)
        rows = [(self.torch.randn(4, generator=generator), i % 3) for i in range(count)]
        return self.torch.utils.data.DataLoader(rows, batch_size=4, shuffle=True)

    def train(self, callback, **options):
        self.torch.manual_seed(0), random.seed(0), np.random.seed(0)
        model = self.Classifier()
        trainer = self.lightning.Trainer(**({
            "max_steps": 5, "accelerator": "cpu", "logger": False, "enable_checkpointing": False, "enable_progress_bar": False,
            "enable_model_summary": False, "callbacks": [callback] if callback else []} | options))
        trainer.fit(model, self.loader())
        self.model = model
        return [value.detach().numpy().copy() for value in model.state_dict().values()]

    def test_training_is_the_same(self):
        for number, options in enumerate([{}, {"precision": "bf16-mixed"}, {"precision": "64-true"}, {"accumulate_grad_batches": 2}]):
            with self.subTest(options):
                self.directory = os.path.join(self.scratch.name, str(number))
                self.check_training_is_the_same(lambda **more: self.callback(**more), **options)
                self.assertEqual(self.steps(), [0, 2, 4, 5])
                hashes = [read(self.file(step), "minibatches/hash").tolist() for step in self.steps()]
                self.assertEqual(hashes, hashes[:1] * 4)
                self.validate(self.directory)

    def test_the_last_file_is_of_the_parameters_at_the_end(self):
        loader = self.loader()
        batches = list(loader)[:2]
        self.train(self.callback(batches=batches, factors="exact"))
        np.testing.assert_array_equal(
            read(self.file(5), "parameters"), np.concatenate([p.detach().numpy().ravel() for p in self.model.parameters()]))
        self.model.eval()
        for row, (x, labels) in enumerate(batches):
            loss = self.torch.nn.functional.cross_entropy(self.model(x), labels)
            expected = self.torch.cat([g.reshape(-1) for g in self.torch.autograd.grad(loss, list(self.model.parameters()))])
            np.testing.assert_allclose(read(self.file(5))[row], expected.numpy(), rtol=1e-4, atol=1e-7)
        self.assertEqual(len(read(self.file(5), "fisher/exact/factors")), 2 * 4 * 3)


if __name__ == "__main__":
    unittest.main()
