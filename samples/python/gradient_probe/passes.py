"""Passes through a PyTorch model that give rows: gradients of minibatches, and Fisher factors."""
import random
from collections.abc import Mapping
from contextlib import contextmanager

import numpy as np
import torch


class Pass:
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

    def flat(self, values):
        """One row of what there is of every parameter."""
        return flat(values)

    def row(self, value, cotangent=None, keep=False):
        found = torch.autograd.grad(value, self.trained, grad_outputs=cotangent, retain_graph=keep, allow_unused=True)
        return self.flat([torch.zeros_like(p) if g is None else g for p, g in zip(self.trained, found)])

    def gradient(self, batch):
        outputs, targets = self.forward(batch)
        loss = self.loss(outputs, targets)
        return loss.item(), self.size(targets), self.row(loss)

    def passes(self, batch):
        """Outputs and targets, for each row that is pulled back from them: of one forward pass for all."""
        found = self.forward(batch)
        while True:
            yield found

    def factors(self, kind, index, batch, draws):
        """Rows of one minibatch, one at a time."""
        passes = self.passes(batch)
        outputs, targets = next(passes)
        for number, (scale, asked) in enumerate(self.asked(kind, index, outputs.detach(), targets, draws)):
            if number > 0:
                outputs, _ = next(passes)
            yield scale * self.row(*asked(outputs), keep=True)

    def asked(self, kind, index, detached, targets, draws):
        """For each row its scale, and a function of the outputs that gives what is pulled back: a value and its cotangent."""
        size = self.size(targets)
        if kind == "sampled":
            generator = torch.Generator(device="cpu").manual_seed(hash((self.seed, self.step, index)) & 0x7FFFFFFFFFFFFFFF)
            for _ in range(draws):
                labels = self.drawn(detached, targets, generator)
                yield np.sqrt(size), lambda outputs: (self.loss(outputs, labels), None)  # √B: the mean outer product is the Fisher
            return
        flattened = detached.reshape(-1, width_of(detached)).float()
        kept = range(len(flattened))
        if self.likelihood == "categorical" and not targets.is_floating_point():
            kept = torch.nonzero(targets.reshape(-1) != -100).reshape(-1).tolist()
        if kind == "empirical":
            leaf = detached.clone().requires_grad_()
            # The mean's derivative by an example's outputs is 1/B of the example's own.
            own = torch.autograd.grad(self.loss(leaf, targets), leaf)[0].reshape(len(flattened), -1) * size
            for example in kept:
                yield 1, lambda outputs: (outputs, only(own[example], example, outputs))
            return
        count = flattened.shape[-1]
        for example in kept:
            for cotangent in fisher_factors(self.likelihood, flattened[example]):
                yield np.sqrt(count), lambda outputs: (outputs, only(cotangent, example, outputs))

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
