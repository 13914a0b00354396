"""Checkpoints of a PyTorch model.

    recorder = Recorder("runs/mine", every=200)
    for step, batch in enumerate(loader):
        if recorder.is_due(step):
            recorder.capture(model, torch.nn.functional.cross_entropy, probes, step=step)
        ...
"""
from contextlib import nullcontext

import torch

from .checkpoint import hash_of
from .parts import parts_of
from .passes import Pass, evaluating, keeping_random_numbers, split, tensors_of
from .run import Run, grouped, kinds_of

LIKELIHOODS = {"cross_entropy": "categorical", "CrossEntropyLoss": "categorical",
               "binary_cross_entropy_with_logits": "bernoulli", "BCEWithLogitsLoss": "bernoulli"}


class Recorder(Run):
    """A run of a PyTorch model; the options are those of `Run`, and `seed`, of drawn labels."""

    def __init__(self, directory, *, seed=0, **options):
        # Rank 0 looks after the directory: another may find there what rank 0 has recorded meanwhile.
        super().__init__(directory, **(options if takes_part() else options | {"resume": True}))
        self.seed = seed

    @classmethod
    def fresh(cls, parent, **options):
        """A run in a directory of its own below `parent`; of several processes rank 0 alone makes one."""
        return super().fresh(parent, **options) if takes_part() else cls(parent, **options)

    def capture(self, model, loss_fn, batches, *, step, factors=None, draws=4, likelihood=None, forward=None, batch_size=None,
                autocast=nullcontext, metrics=None, hashes=True, parameters=True):
        """Records the gradients of `loss_fn` over `batches`, all at the model's present parameters, and Fisher factors; returns the
        file's path, None where the run holds the step or the process is not the one that records.

        model:    a module, or one in DistributedDataParallel or torch.compile, which rank 0 records; or one of `fully_shard`, of which
                  every rank records its part: all have to call this with the same minibatches. Parameters with requires_grad are
                  recorded, tied ones once, those that the loss does not use as zeros, sparse gradients as they are
        loss_fn:  loss_fn(outputs, targets), the mean over the minibatch's examples
        batches:  minibatches, or {group: minibatches}, each (inputs…, targets) or a dictionary with "labels"; they are moved to the
                  model's device one at a time
        factors:  "sampled" (draws backward passes a minibatch), "empirical" (one an example), "exact" (one an example and output), a
                  list of them, or () for none; None: sampled where the likelihood is known
        likelihood: "categorical" (logits in the last axis), "bernoulli" or "gaussian" (unit variance, a loss of ½‖y − z‖² an
                  example); None: told by a loss_fn that is cross_entropy or binary_cross_entropy_with_logits
        forward:  forward(model, batch) → (outputs, targets), for batches of another form
        batch_size: batch_size(targets) → what the loss is the mean over; None: labels other than −100 where they are classes, else the
                  first axis
        autocast: makes the context of every forward pass, such as lambda: torch.autocast("cuda", torch.bfloat16)
        hashes:   whether to record a hash of each minibatch, by which runs are compared minibatch by minibatch

        What training has is left as it was: every module's mode, the .grad of parameters, the state of random numbers.

        Raises ValueError, and writes nothing, for numbers that are not finite.
        """
        model = getattr(model, "_orig_mod", model)
        model = model.module if isinstance(model, torch.nn.parallel.DistributedDataParallel) else model
        parts = parts_of(model)
        if parts is None and not takes_part():
            return None
        if parts is not None:
            parts.follow(self)
        if step in self.recorded:
            return None
        likelihood = likelihood or LIKELIHOODS.get(getattr(loss_fn, "__name__", type(loss_fn).__name__))
        kinds = kinds_of(factors, ["sampled"] if likelihood else [])
        for kind in kinds:
            if kind != "empirical" and likelihood not in ("categorical", "bernoulli", "gaussian"):
                raise ValueError(f"{kind} factors take a likelihood: categorical, bernoulli or gaussian")
        batches, groups, owners = grouped(batches)
        named = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
        if not named:
            raise ValueError("no parameter has requires_grad")
        work = (Pass if parts is None else parts.passes)(
            model, loss_fn, [value for _, value in named], likelihood, forward or split, batch_size, autocast, self.seed, step)
        losses, sizes, counted = [], [], {kind: [] for kind in kinds}

        def gradients():
            for batch in batches:
                loss, size, row = work.gradient(batch)
                losses.append(loss)
                sizes.append(size)
                yield row

        def rows(kind):
            for index in owners:
                for row in work.factors(kind, index, batches[index], draws):
                    counted[kind].append(index)
                    yield row

        with evaluating(model), keeping_random_numbers(), torch.enable_grad():
            return (self.write if parts is None else parts.writer(self))(
                step, [(name, tuple(value.shape)) for name, value in named], gradients(), losses, sizes,
                factors={kind: (rows(kind), counted[kind]) for kind in kinds},
                parameters=work.flat([value.detach() for _, value in named]) if parameters else None, metrics=metrics,
                likelihood=likelihood or "unspecified", groups=groups,
                hashes=[hash_of(*tensors_of(batch)) for batch in batches] if hashes else None)


def takes_part():
    """Whether this process records: one that is alone, or rank 0."""
    distributed = torch.distributed
    return not (distributed.is_available() and distributed.is_initialized()) or distributed.get_rank() == 0
