"""Models of `fully_shard`, of which every process holds a part of each parameter: each records a range of the columns."""
import os
import shutil
from contextlib import contextmanager

import torch

from .passes import Pass

MODELS = "models whose parameters are whole in every process, or those of fully_shard, cut along their first axis over all processes"


def parts_of(model):
    """The parts that processes hold of a model, None where each holds all; a ValueError where it is cut in another way."""
    parameters = [value for value in model.parameters() if value.requires_grad]
    if any(hasattr(value, "ds_id") for value in parameters):
        raise ValueError(f"the model is one of DeepSpeed's third stage, but what is recorded is {MODELS}")
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return None
    from torch.distributed.fsdp import FullyShardedDataParallel
    if any(isinstance(module, FullyShardedDataParallel) for module in model.modules()):
        raise ValueError(f"the model is one of FullyShardedDataParallel, but what is recorded is {MODELS}")
    from torch.distributed.tensor import DTensor, Shard
    if not any(isinstance(value, DTensor) for value in parameters):
        return None
    from torch.distributed.fsdp import FSDPModule
    if not any(isinstance(module, FSDPModule) for module in model.modules()) or not all(
            isinstance(value, DTensor) and tuple(value.placements) == (Shard(0),) and
            value.device_mesh.size() == distributed.get_world_size() for value in parameters):
        raise ValueError(f"the model is cut in another way, but what is recorded is {MODELS}")
    return Parts(parameters)


class Parts:
    """Of every row each process computes its part of each parameter, exchanges these for a range of the columns, and writes it.

    No process ever holds a whole row. All of them go through all minibatches.
    """

    def __init__(self, parameters):
        self.storage = torch.float32
        self.group = parameters[0].device_mesh.get_group()
        self.rank, self.count = torch.distributed.get_rank(self.group), torch.distributed.get_world_size(self.group)
        total = sum(value.numel() for value in parameters)
        if total < self.count:
            raise ValueError(f"{total} parameters are fewer than {self.count} processes")
        self.bounds = [total * rank // self.count for rank in range(self.count + 1)]
        self.width = self.bounds[self.rank + 1] - self.bounds[self.rank]
        held = [held_by(rank, self.count, parameters) for rank in range(self.count)]
        own = [value.to_local().numel() for value in parameters]
        if own != [last - first for first, last in held[self.rank]]:
            raise ValueError(f"rank {self.rank} holds {own} numbers of the parameters, unlike the chunks of their first axis")
        # Parts lie in the order of their columns, so that what goes to one process is in one piece.
        self.sent = [sum(overlap(piece, self.range(rank)) for piece in held[self.rank]) for rank in range(self.count)]
        self.received = [sum(overlap(piece, self.range(self.rank)) for piece in held[rank]) for rank in range(self.count)]
        first = self.bounds[self.rank]
        self.places = [slice(max(piece[0], first) - first, min(piece[1], first + self.width) - first)
                       for rank in range(self.count) for piece in held[rank] if overlap(piece, self.range(self.rank)) > 0]

    def range(self, rank):
        return self.bounds[rank], self.bounds[rank + 1]

    def row(self, values):
        """This process's columns of what all hold parts of, as float32 numbers; a ValueError in all where one is not finite."""
        sent = torch.cat([value.reshape(-1).float() for value in values])
        received = sent.new_empty(sum(self.received))
        torch.distributed.all_to_all_single(received, sent, self.received, self.sent, group=self.group)
        row, done = torch.empty_like(received), 0
        for place in self.places:
            row[place] = received[done:done + place.stop - place.start]
            done += place.stop - place.start
        # All or none go on: one that stopped alone would leave the others waiting.
        finite = torch.isfinite(row.to(self.storage)).all().to(torch.float32)
        torch.distributed.all_reduce(finite, torch.distributed.ReduceOp.MIN, group=self.group)
        if not finite:
            raise ValueError(f"a row of gradients, factors or parameters is not finite as {str(self.storage)[6:]}")
        return row.cpu().numpy()

    def passes(self, *arguments):
        return PartPass(self, *arguments)

    def told(self, value):
        """What rank 0 says."""
        box = [value]
        torch.distributed.broadcast_object_list(box, torch.distributed.get_global_rank(self.group, 0), group=self.group)
        return box[0]

    def follow(self, run):
        """Makes a run of every process that of rank 0."""
        self.storage = getattr(torch, run.storage)
        run.directory, run.id, run.sequence, run.recorded, run.tensors = self.told(
            (run.directory, run.id, run.sequence, run.recorded, run.tensors))

    def writer(self, run):
        """What `Run.write` is to a process that holds all."""
        from .shards import folder, write_index, write_shard_rows

        def write(step, tensors, rows, losses, sizes, *, factors, parameters, metrics, likelihood, groups, hashes):
            told = [None] * self.count
            torch.distributed.all_gather_object(told, hashes, group=self.group)
            if told != [hashes] * self.count:
                raise ValueError("processes have different minibatches, but each is to have the same")
            if run.tensors not in (None, list(tensors)):
                raise ValueError("the tensors are not those of the checkpoints before")
            gathering = folder(run.directory, step) + ".tmp"
            with self.in_step(gathering):
                if self.rank == 0:
                    shutil.rmtree(gathering, ignore_errors=True)  # of a process that was killed
                    os.makedirs(run.directory, exist_ok=True)
            with self.in_step(gathering):
                write_shard_rows(run.directory, self.rank, self.count, self.width, rows, run=run.id, step=step,
                                 factors={kind: some for kind, (some, _) in factors.items()}, parameters=parameters,
                                 storage=run.storage)
            path = os.path.join(run.directory, f"step-{step:08}.h5")
            with self.in_step(gathering):
                if self.rank == 0:
                    write_index(run.directory, tensors, losses, sizes, run=run.id, sequence=run.sequence, step=step, count=self.count,
                                factor_minibatches={kind: owners for kind, (_, owners) in factors.items()}, metrics=metrics or {},
                                likelihood=likelihood, groups=groups, hashes=hashes, name=run.name, configuration=run.configuration)
            run.tensors = list(tensors)
            run.recorded.add(step)
            run.sequence += 1
            return path

        return write

    @contextmanager
    def in_step(self, gathering):
        """Waits for all processes; where one failed, all do, and rank 0 removes what was gathered."""
        failure = None
        try:
            yield
        except Exception as error:
            failure = error
        told = [None] * self.count
        torch.distributed.all_gather_object(told, failure and f"rank {self.rank}: {failure}", group=self.group)
        if any(told):
            if self.rank == 0:
                shutil.rmtree(gathering, ignore_errors=True)
            torch.distributed.barrier(group=self.group)  # whoever is told finds nothing left
            raise failure or ValueError(next(filter(None, told)))


class PartPass(Pass):
    """Rows of a model of which this process holds a part: gradients reach parameters by a backward pass alone."""

    def __init__(self, parts, *arguments):
        super().__init__(*arguments)
        self.parts = parts

    def flat(self, values):
        return self.parts.row([value.to_local() for value in values])

    def row(self, value, cotangent=None, keep=False):
        before = [parameter.grad for parameter in self.trained]
        try:
            for parameter in self.trained:
                parameter.grad = None
            # All processes have the same minibatch, so that the mean over them is its gradient.
            value.backward(cotangent)
            found = [torch.zeros_like(parameter.to_local()) if parameter.grad is None else parameter.grad.to_local()
                     for parameter in self.trained]
        finally:
            for parameter, gradient in zip(self.trained, before):
                parameter.grad = gradient
        return self.parts.row(found)

    def passes(self, batch):
        """A forward pass for every row: the parameters that one used are given back after its backward pass."""
        while True:
            yield self.forward(batch)


def held_by(rank, count, parameters):
    """The columns that a process holds of each parameter: a chunk of its first axis, the last ones being smaller or none."""
    result, offset = [], 0
    for value in parameters:
        extent = value.shape[0]
        chunk = -(-extent // count)
        stride = value.numel() // extent if extent else 0
        result.append(tuple(offset + min(extent, chunk * edge) * stride for edge in (rank, rank + 1)))
        offset += value.numel()
    return result


def overlap(one, other):
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
