"""Tests of models in several processes: two of them, on the processor, that meet through a file."""
import logging
import os
import unittest
import warnings

import h5py
import numpy as np

from support import Directory, has

HAS_TORCH = has("torch")
if HAS_TORCH:
    import torch
    import torch.distributed
    import torch.multiprocessing
    from gradient_probe.torch import Recorder

COUNT = 2


def worker(rank, body, directory):
    warnings.simplefilter("ignore")
    for name in ("lightning.pytorch", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.distributed.init_process_group("gloo", init_method=f"file://{directory}.store", rank=rank, world_size=COUNT)
    body(rank, directory)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()
    # A process that ended in the usual way was aborted once ("terminate called without an active exception"), whose thread it was is not
    # known; seven runs that leave like this were not.
    os._exit(0)


def model():
    """Of tensors whose first axes two processes do not halve, one that has a single number, one that is frozen and one unused."""
    torch.manual_seed(0)
    nn = torch.nn
    layers = nn.Sequential(nn.Linear(5, 7), nn.Dropout(0.5), nn.Tanh(), nn.Linear(7, 3), nn.Linear(3, 3), nn.PReLU())
    layers[4].bias.requires_grad_(False)
    layers.unused = nn.Identity()
    layers.unused.weight = nn.Parameter(torch.ones(3, 2))
    layers.forward = lambda x: layers[5](layers[4](layers[3](layers[2](layers[1](layers[0](x))))))
    return layers


def batches(seed=1):
    generator = torch.Generator().manual_seed(seed)
    return [(torch.randn(4, 5, generator=generator), torch.randint(3, (4,), generator=generator)) for _ in range(3)]


def capture(recorder, wrapped, step=0, **options):
    return recorder.capture(wrapped, torch.nn.functional.cross_entropy, batches(), step=step, **(
        {"factors": ["sampled", "empirical", "exact"], "draws": 3, "metrics": {"a": 1.0}} | options))


def step(wrapped, optimizer, seed):
    optimizer.zero_grad()
    x, labels = batches(seed)[0]
    torch.nn.functional.cross_entropy(wrapped(x), labels).backward()
    optimizer.step()


def replicas(rank, directory):
    wrapped = torch.nn.parallel.DistributedDataParallel(model(), find_unused_parameters=True)
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
    recorder = Recorder.fresh(directory, every=1)
    for number in range(2):
        path = capture(recorder, wrapped, number)
        assert (path is None) == (rank != 0), (rank, path)
        assert wrapped.training
        step(wrapped, optimizer, 5 + rank)  # the processes meet in it


def sharded(layers):
    from torch.distributed.fsdp import fully_shard
    mesh = torch.distributed.init_device_mesh("cpu", (COUNT,))
    for layer in (layers[0], layers[3]):
        fully_shard(layer, mesh=mesh)
    fully_shard(layers, mesh=mesh)
    return layers


def parts(rank, directory):
    wrapped = sharded(model())
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
    recorder = Recorder.fresh(directory, every=1, name="parts", configuration={"lr": 0.1})
    step(wrapped, optimizer, 5)
    before = [parameter.grad.to_local().clone() if parameter.grad is not None else None for parameter in wrapped.parameters()]
    for number in range(2):
        assert recorder.is_due(number)
        path = capture(recorder, wrapped, number)
        assert os.path.exists(path) and not recorder.is_due(number)
        for parameter, gradient in zip(wrapped.parameters(), before):
            assert (parameter.grad is None) == (gradient is None)
            assert gradient is None or torch.equal(parameter.grad.to_local(), gradient)
    assert wrapped.training and capture(recorder, wrapped, 1) is None
    step(wrapped, optimizer, 6)


def refusals(rank, directory):
    """Every process raises, and none waits for another."""
    wrapped = sharded(model())
    recorder = Recorder(directory)
    bad = batches()
    bad[1][0][0, 0] = float("nan")
    for some, message in [(bad, "not finite"), (batches(rank), "different minibatches")]:
        try:
            recorder.capture(wrapped, torch.nn.functional.cross_entropy, some, step=0)
        except ValueError as error:
            assert message in str(error), error
        else:
            raise AssertionError(f"recorded, though {message}")
    # Gradients of weights that are all in the first process's columns are too large, and rows follow that the others wait for.
    large = sharded(model())
    with torch.no_grad():
        large[0].weight.to_local()[:, 0] = 0
    some = [(x.index_fill(1, torch.tensor(0), 1e8), labels) for x, labels in batches()]
    try:
        Recorder(directory, storage="float16").capture(large, torch.nn.functional.cross_entropy, some, step=0, factors=())
    except ValueError as error:
        assert "not finite as float16" in str(error), error
    else:
        raise AssertionError("recorded, though too large")
    assert os.listdir(directory) == [], os.listdir(directory)
    from torch.distributed.fsdp import FullyShardedDataParallel
    mesh = torch.distributed.init_device_mesh("cpu", (COUNT,))
    older = FullyShardedDataParallel(torch.nn.Linear(5, 3), device_mesh=mesh, device_id=torch.device("cpu"))
    try:
        capture(recorder, older)
    except ValueError as error:
        assert "fully_shard" in str(error), error
    else:
        raise AssertionError("recorded")
    # The same processes record afterwards as if nothing had been.
    capture(recorder, wrapped)


def trainer_of_transformers(rank, directory):
    import transformers
    from gradient_probe.transformers import ProbeCallback
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(COUNT), MASTER_ADDR="127.0.0.1", MASTER_PORT="0")
    torch.manual_seed(0)
    wrapped = transformers.GPT2LMHeadModel(transformers.GPT2Config(
        vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0))
    rows = [torch.arange(first, first + 6) % 11 for first in range(24)]
    arguments = transformers.TrainingArguments(
        directory + ".trainer", per_device_train_batch_size=4, max_steps=2, use_cpu=True, ddp_backend="gloo", report_to="none",
        save_strategy="no", logging_strategy="no", disable_tqdm=True)
    assert arguments.world_size == COUNT
    callback = ProbeCallback.fresh(directory, every=1, minibatches=3)
    trainer = transformers.Trainer(wrapped, arguments, train_dataset=[{"input_ids": row, "labels": row} for row in rows],
                                   callbacks=[callback])
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    assert isinstance(trainer.model_wrapped, torch.nn.parallel.DistributedDataParallel)


def trainer_of_lightning(rank, directory):
    import lightning.pytorch as lightning
    from gradient_probe.lightning import ProbeCallback
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), NODE_RANK="0", WORLD_SIZE=str(COUNT), MASTER_ADDR="127.0.0.1", MASTER_PORT="0")

    class Classifier(lightning.LightningModule):
        def __init__(self, is_cut):
            super().__init__()
            self.layers, self.is_cut = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)), is_cut

        def configure_model(self):
            if self.is_cut:
                from torch.distributed.fsdp import fully_shard
                fully_shard(self.layers, mesh=self.device_mesh["data_parallel"])

        def forward(self, x):
            return self.layers(x)

        def training_step(self, batch, index):
            return torch.nn.functional.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    from lightning.pytorch.plugins.environments import TorchElasticEnvironment
    from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy
    os.environ["TORCHELASTIC_RUN_ID"] = "none"
    torch.manual_seed(1)
    loader = torch.utils.data.DataLoader([(torch.randn(5), row % 3) for row in range(24)], batch_size=4)
    for is_cut, strategy in [(False, DDPStrategy(process_group_backend="gloo", cluster_environment=TorchElasticEnvironment())),
                             (True, ModelParallelStrategy(data_parallel_size=COUNT, tensor_parallel_size=1, process_group_backend="gloo"))]:
        torch.manual_seed(0)
        callback = ProbeCallback(f"{directory}/{strategy.__class__.__name__}", torch.nn.functional.cross_entropy, every=1, minibatches=3)
        lightning.Trainer(max_steps=2, accelerator="cpu", devices=COUNT, strategy=strategy, logger=False, enable_checkpointing=False,
                          enable_progress_bar=False, enable_model_summary=False, callbacks=[callback]).fit(Classifier(is_cut), loader)


@unittest.skipUnless(HAS_TORCH and torch.distributed.is_available() and torch.distributed.is_gloo_available(), "needs torch with gloo")
class Processes(Directory):
    def run_two(self, body):
        context = torch.multiprocessing.spawn(worker, (body, self.directory), nprocs=COUNT, join=False)
        end = 300
        while not context.join(timeout=1):
            end -= 1
            if end == 0:
                for process in context.processes:
                    process.kill()
                self.fail("the processes wait for each other")

    def alone(self, steps=(), count=2):
        """The same of one process."""
        layers = model()
        optimizer = torch.optim.SGD(layers.parameters(), lr=0.1)
        for seed in steps:
            step(layers, optimizer, seed)
        recorder = Recorder(self.directory + "-alone")
        return [capture(recorder, layers, number) for number in range(count)]

    def test_rank_0_records_replicas_as_one_process_does(self):
        self.run_two(replicas)
        [run] = os.listdir(self.directory)
        self.assertEqual(sorted(os.listdir(os.path.join(self.directory, run))), ["step-00000000.h5", "step-00000001.h5"])
        self.validate(os.path.join(self.directory, run))
        expected = self.alone(count=1)[0]
        with h5py.File(os.path.join(self.directory, run, "step-00000000.h5")) as found, h5py.File(expected) as one:
            for name in ["gradients", "parameters", "minibatches/loss", "minibatches/hash"] + [
                    f"fisher/{kind}/{what}" for kind in ("sampled", "empirical", "exact") for what in ("factors", "minibatch")]:
                np.testing.assert_array_equal(found[name][...], one[name][...], name)

    def test_parts_are_those_of_the_whole(self):
        self.run_two(parts)
        [run] = os.listdir(self.directory)
        run = os.path.join(self.directory, run)
        self.assertEqual(sorted(os.listdir(run)), [f"step-0000000{n}.{ending}" for n in (0, 1) for ending in ("h5", "shards")])
        said = self.validate(run)
        self.assertTrue(said is None or "in 2 shards; all checksums match" in said, said)
        for number, expected in enumerate(self.alone(steps=[5])):
            shards = [h5py.File(os.path.join(run, f"step-0000000{number}.shards", f"0000{rank}-of-00002.h5")) for rank in range(2)]
            with h5py.File(os.path.join(run, f"step-0000000{number}.h5")) as index, h5py.File(expected) as one:
                for name in ["gradients", "parameters"] + [f"fisher/{kind}/factors" for kind in ("sampled", "empirical", "exact")]:
                    found = np.concatenate([shard[name][...] for shard in shards], -1)
                    self.assertEqual([shard[name].shape[-1] for shard in shards], [found.shape[-1] // 2, -(-found.shape[-1] // 2)])
                    np.testing.assert_allclose(found, one[name][...], rtol=1e-5, atol=1e-6, err_msg=name)
                for name in ["tensors/name", "tensors/shape", "minibatches/hash", "minibatches/size"] + [
                        f"fisher/{kind}/minibatch" for kind in ("sampled", "empirical", "exact")]:
                    np.testing.assert_array_equal(index[name][...], one[name][...], name)
                np.testing.assert_allclose(index["minibatches/loss"][...], one["minibatches/loss"][...], rtol=1e-6)

    def test_what_cannot_be_recorded_is_told_in_every_process(self):
        self.run_two(refusals)
        self.validate(self.directory)

    @unittest.skipUnless(has("transformers") and has("accelerate"), "needs transformers and accelerate")
    def test_trainer_of_transformers(self):
        self.run_two(trainer_of_transformers)
        [run] = os.listdir(self.directory)
        self.assertEqual(sorted(os.listdir(os.path.join(self.directory, run))), [f"step-0000000{step}.h5" for step in range(3)])
        self.validate(os.path.join(self.directory, run))

    @unittest.skipUnless(has("lightning"), "needs lightning")
    def test_trainer_of_lightning(self):
        self.run_two(trainer_of_lightning)
        self.assertEqual(sorted(os.listdir(self.directory)), ["DDPStrategy", "ModelParallelStrategy"])
        for name in os.listdir(self.directory):
            run = os.path.join(self.directory, name)
            self.assertEqual([file for file in sorted(os.listdir(run)) if file.endswith(".h5")],
                             [f"step-0000000{step}.h5" for step in range(3)])
            self.validate(run)


if __name__ == "__main__":
    unittest.main()
