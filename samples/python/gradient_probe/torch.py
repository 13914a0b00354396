"""Checkpoints of a PyTorch model.

    recorder = Recorder("runs/mine", every=200)
    for step, batch in enumerate(loader):
        if recorder.is_due(step):
            recorder.capture(model, torch.nn.functional.cross_entropy, probes, step=step)
        ...
"""
import random
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext

import numpy as np
import torch

from .checkpoint import hash_of
from .run import Run, grouped, kinds_of

LIKELIHOODS = {"cross_entropy": "categorical", "CrossEntropyLoss": "categorical",
               "binary_cross_entropy_with_logits": "bernoulli", "BCEWithLogitsLoss": "bernoulli"}


class Recorder(Run):
    """A run of a PyTorch model; the options are those of `Run`, and `seed`, of drawn labels."""

    def __init__(self, directory, *, seed=0, **options):
        super().__init__(directory, **options)
        self.seed = seed

    def capture(self, model, loss_fn, batches, *, step, factors=None, draws=4, likelihood=None, forward=None, batch_size=None,
                autocast=nullcontext, metrics=None, hashes=True, parameters=True):
        """Records the gradients of `loss_fn` over `batches`, all at the model's present parameters, and Fisher factors; returns the
        file's path, None where the run holds the step.

        model:    a module, or one in DistributedDataParallel or torch.compile; parameters with requires_grad are recorded, tied ones
                  once, those that the loss does not use as zeros, sparse gradients as they are
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
        if step in self.recorded or not takes_part():
            return None
        model = getattr(model, "_orig_mod", model)
        model = model.module if isinstance(model, torch.nn.parallel.DistributedDataParallel) else model
        likelihood = likelihood or LIKELIHOODS.get(getattr(loss_fn, "__name__", type(loss_fn).__name__))
        kinds = kinds_of(factors, ["sampled"] if likelihood else [])
        for kind in kinds:
            if kind != "empirical" and likelihood not in ("categorical", "bernoulli", "gaussian"):
                raise ValueError(f"{kind} factors take a likelihood: categorical, bernoulli or gaussian")
        batches, groups, owners = grouped(batches)
        named = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
        if not named:
            raise ValueError("no parameter has requires_grad")
        work = _Pass(model, loss_fn, [value for _, value in named], likelihood, forward or split, batch_size, autocast, self.seed, step)
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
            return self.write(
                step, [(name, tuple(value.shape)) for name, value in named], gradients(), losses, sizes,
                factors={kind: (rows(kind), counted[kind]) for kind in kinds},
                parameters=flat([value.detach() for _, value in named]) if parameters else None, metrics=metrics,
                likelihood=likelihood or "unspecified", groups=groups,
                hashes=[hash_of(*tensors_of(batch)) for batch in batches] if hashes else None)


class _Pass:
    """Rows of one model at one θ."""

    def __init__(self, model, loss_fn, trained, likelihood, forward, batch_size, autocast, seed, step):
        self.model, self.plain_loss, self.trained, self.likelihood = model, loss_fn, trained, likelihood
        self.plain_forward, self.batch_size, self.autocast, self.seed, self.step = forward, batch_size, autocast, seed, step

    def forward(self, batch):
        with self.autocast():
            return self.plain_forward(self.model, moved(batch, self.trained[0].device))

    def loss(self, outputs, targets):
        with self.autocast():
            return self.plain_loss(outputs, targets)

    def size(self, targets):
        if self.batch_size is not None:
            return int(self.batch_size(targets))
        if self.likelihood == "categorical" and not targets.is_floating_point():
            return int((targets != -100).sum())
        return len(targets)

    def row(self, value, cotangent=None, keep=False):
        found = torch.autograd.grad(value, self.trained, grad_outputs=cotangent, retain_graph=keep, allow_unused=True)
        return flat([torch.zeros_like(p) if g is None else g for p, g in zip(self.trained, found)])

    def gradient(self, batch):
        outputs, targets = self.forward(batch)
        loss = self.loss(outputs, targets)
        return loss.item(), self.size(targets), self.row(loss)

    def factors(self, kind, index, batch, draws):
        """Rows of one minibatch from one forward pass, one at a time."""
        outputs, targets = self.forward(batch)
        size = self.size(targets)
        if kind == "sampled":
            generator = torch.Generator(device="cpu").manual_seed(hash((self.seed, self.step, index)) & 0x7FFFFFFFFFFFFFFF)
            for _ in range(draws):
                loss = self.loss(outputs, self.drawn(outputs.detach(), targets, generator))
                yield np.sqrt(size) * self.row(loss, keep=True)  # √B: the mean outer product is the Fisher
            return
        flattened = outputs.detach().reshape(-1, width_of(outputs)).float()
        kept = range(len(flattened))
        if self.likelihood == "categorical" and not targets.is_floating_point():
            kept = torch.nonzero(targets.reshape(-1) != -100).reshape(-1).tolist()
        if kind == "empirical":
            loss = self.loss(outputs, targets)
            # The mean's derivative by an example's outputs is 1/B of the example's own.
            own = torch.autograd.grad(loss, outputs, retain_graph=True)[0].detach().reshape(len(flattened), -1) * size
            for example in kept:
                yield self.row(outputs, only(own[example], example, outputs), keep=True)
            return
        count = flattened.shape[-1]
        for example in kept:
            for cotangent in fisher_factors(self.likelihood, flattened[example]):
                yield np.sqrt(count) * self.row(outputs, only(cotangent, example, outputs), keep=True)

    def drawn(self, outputs, targets, generator):
        """Targets drawn from the model's own prediction, of the form of `targets`."""
        if self.likelihood == "categorical":
            shares = outputs.float().softmax(-1).reshape(-1, outputs.shape[-1]).cpu()
            labels = torch.multinomial(shares, 1, generator=generator).reshape(outputs.shape[:-1]).to(targets.device)
            return torch.where(targets == -100, targets, labels) if not targets.is_floating_point() else labels
        if self.likelihood == "bernoulli":
            return torch.bernoulli(outputs.float().sigmoid().cpu(), generator=generator).to(targets)
        return outputs + torch.randn(outputs.shape, generator=generator).to(outputs)


def fisher_factors(likelihood, z):
    """h_c for every output c of one example's outputs z: Σ h_c h_cᵀ is the Fisher of the distribution by its outputs."""
    eye = torch.eye(len(z), device=z.device)
    if likelihood == "categorical":
        p = z.softmax(-1)
        return p.sqrt()[:, None] * (eye - p[None])
    if likelihood == "bernoulli":
        p = z.sigmoid()
        return (p * (1 - p)).sqrt()[:, None] * eye
    return eye


def width_of(outputs):
    """Outputs of one example: the last axis, one where there is none beside that of the examples."""
    return outputs.shape[-1] if outputs.dim() > 1 else 1


def only(cotangent, example, outputs):
    """A cotangent of `outputs` that is zero but at one example."""
    width = width_of(outputs)
    whole = torch.zeros(outputs.numel() // width, width, device=outputs.device)
    whole[example] = cotangent
    return whole.reshape(outputs.shape).to(outputs.dtype)


def split(model, batch):
    """Outputs and targets of a minibatch that is (inputs…, targets), or a dictionary with "labels" or "targets"; of outputs with
    `logits`, these."""
    if isinstance(batch, dict):
        key = "labels" if "labels" in batch else "targets"
        outputs = model(**{name: value for name, value in batch.items() if name != key})
        targets = batch[key]
    else:
        *inputs, targets = batch
        outputs = model(*inputs)
    return getattr(outputs, "logits", outputs), targets


def moved(batch, device):
    """A minibatch whose tensors are on `device`; mappings of any kind come as dictionaries."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {name: moved(value, device) for name, value in batch.items()}
    if type(batch) in (list, tuple):
        return type(batch)(moved(value, device) for value in batch)
    return batch


def tensors_of(batch):
    """The tensors of a minibatch as arrays, in an order of their own."""
    if isinstance(batch, torch.Tensor):
        value = batch.detach().cpu()
        return [(value.float() if value.dtype == torch.bfloat16 else value).numpy()]
    parts = [batch[name] for name in sorted(batch)] if isinstance(batch, Mapping) else batch if isinstance(batch, (list, tuple)) else []
    return [array for part in parts for array in tensors_of(part)]


def flat(values):
    """One row of float32 numbers."""
    dense = [value.to_dense() if value.is_sparse else value for value in values]
    return torch.cat([value.reshape(-1).float() for value in dense]).cpu().numpy()


@contextmanager
def evaluating(model):
    """Without dropout and with batch normalisation as in use; afterwards every module is as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def keeping_random_numbers(seed=None):
    """Puts the generators of Python, numpy and torch back to where they were; `seed` sets them meanwhile."""
    state, numbers = random.getstate(), np.random.get_state()
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() and torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=devices):
            if seed is not None:
                random.seed(seed)
                np.random.seed(seed % 2**32)
                torch.manual_seed(seed)
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numbers)


def takes_part():
    """Whether this process records: one that is alone, or rank 0."""
    distributed = torch.distributed
    return not (distributed.is_available() and distributed.is_initialized()) or distributed.get_rank() == 0
