"""Checkpoints of a model in JAX: functions of a pytree of parameters.

    run = Run.fresh("runs/jax", every=200)
    if run.is_due(step):
        capture(run, loss_fn, params, probes, step=step, predict=predict)
"""
import jax
import jax.numpy as jnp
import numpy as np

from .checkpoint import hash_of
from .run import grouped, kinds_of


def capture(run, loss_fn, params, batches, *, step, predict=None, likelihood="categorical", targets=None, factors=None, draws=4,
            batch_size=None, seed=0, metrics=None, hashes=True):
    """Records the gradients of `loss_fn` over `batches` at `params`, and Fisher factors, into `run`, a `Run`; returns the file's path,
    None where the run holds the step.

    loss_fn:    loss_fn(params, batch), the mean over the minibatch's examples; without dropout, and compiled by jax.jit where the
                caller wants that
    params:     a pytree of floating-point arrays; each is a tensor, named by its place in the tree
    batches:    minibatches, or {group: minibatches}; pytrees of arrays, whose first axis counts examples unless `batch_size` does
    predict:    predict(params, batch) → outputs [B, C] of which the loss is the negative logarithm under `likelihood`
                ("categorical" logits, "bernoulli" logits, "gaussian" means of unit variance); needed for factors
    targets:    targets(batch) → what the outputs should have been, classes [B] or values [B, C]; for "empirical" factors
    factors:    "sampled" (draws rows a minibatch), "empirical" (one an example), "exact" (one an example and output), a list of them,
                or () for none; None: sampled where there is `predict`

    Raises ValueError, and writes nothing, for numbers that are not finite.
    """
    if step in run.recorded:
        return None
    kinds = kinds_of(factors, ["sampled"] if predict else [])
    for kind in kinds:
        if predict is None or kind == "empirical" and targets is None:
            raise ValueError(f"{kind} factors take predict{'' if kind != 'empirical' else ' and targets'}")
    if likelihood not in ("categorical", "bernoulli", "gaussian"):
        raise ValueError(f"likelihood: {likelihood!r} is none of categorical, bernoulli and gaussian")
    batches, groups, owners = grouped(batches)
    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    tensors = [(name_of(path), tuple(jnp.shape(value))) for path, value in leaves]
    value_and_gradient = jax.value_and_grad(loss_fn)
    size_of = batch_size or (lambda batch: len(jax.tree_util.tree_leaves(batch)[0]))
    losses, sizes, counted = [], [], {kind: [] for kind in kinds}

    def gradients():
        for batch in batches:
            loss, gradient = value_and_gradient(params, batch)
            losses.append(float(loss))
            sizes.append(int(size_of(batch)))
            yield flat(gradient)

    def rows(kind):
        for index in owners:
            outputs, pullback = jax.vjp(lambda values: predict(values, batches[index]), params)
            key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), step), index)
            for cotangent in cotangents(kind, likelihood, outputs, targets and targets(batches[index]), draws, key):
                counted[kind].append(index)
                yield flat(pullback(cotangent.astype(outputs.dtype))[0])

    return run.write(
        step, tensors, gradients(), losses, sizes, factors={kind: (rows(kind), counted[kind]) for kind in kinds},
        parameters=flat(params), metrics=metrics, likelihood=likelihood if predict else "unspecified", groups=groups,
        hashes=[hash_of(*map(np.asarray, jax.tree_util.tree_leaves(batch))) for batch in batches] if hashes else None)


def cotangents(kind, likelihood, outputs, wanted, draws, key):
    """What is pulled back for each row, of the shape of the outputs z [B, C]."""
    count, width = outputs.shape
    z = outputs.astype(jnp.float32)
    means = {"categorical": lambda: jax.nn.softmax(z), "bernoulli": lambda: jax.nn.sigmoid(z), "gaussian": lambda: z}[likelihood]()
    if kind == "sampled":
        for draw in range(draws):
            own = jax.random.fold_in(key, draw)
            if likelihood == "categorical":
                drawn = jax.nn.one_hot(jax.random.categorical(own, z), width)
            elif likelihood == "bernoulli":
                drawn = jax.random.bernoulli(own, means).astype(jnp.float32)
            else:
                drawn = means + jax.random.normal(own, z.shape)
            yield (means - drawn) / np.sqrt(count)  # √B times the mean's: the mean outer product is the Fisher
        return
    if kind == "empirical":
        values = jax.nn.one_hot(wanted, width) if likelihood == "categorical" else jnp.reshape(wanted, z.shape)
        for example in range(count):
            yield jnp.zeros_like(z).at[example].set(means[example] - values[example])
        return
    for example in range(count):
        p = means[example]
        factors = {"categorical": lambda: jnp.sqrt(p)[:, None] * (jnp.eye(width) - p[None]),
                   "bernoulli": lambda: jnp.sqrt(p * (1 - p))[:, None] * jnp.eye(width), "gaussian": lambda: jnp.eye(width)}
        for factor in factors[likelihood]():
            yield jnp.zeros_like(z).at[example].set(np.sqrt(width) * factor)


def name_of(path):
    """`params["dense"]["kernel"]` is called dense.kernel."""
    return ".".join(str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key)))) for key in path) or "parameters"


def flat(tree):
    """One row of float32 numbers."""
    return np.concatenate([np.asarray(leaf, np.float32).reshape(-1) for leaf in jax.tree_util.tree_leaves(tree)])
