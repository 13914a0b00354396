#!/usr/bin/env python3
"""What a PyTorch user does today: curvlinops Fisher products and CG, against the dual way.

A small MLP (784-H-10) on random data.  The M examples are the Fisher factors
(empirical Fisher, F = S^T S / M + lambda I, S the per-example gradients) and N
minibatch gradients are taken on the same examples.  Timed:

  curvlinops-cg   one CG solve per gradient with EFLinearOperator + lambda I
  curvlinops-cg-batched   all right-hand sides in one batched CG
  fvp-loop-cg     plain-PyTorch CG per gradient on the same operator
  dual            per-example gradients by torch.func, Gram matrix, Cholesky

Prints seconds per gradient and the KL mean regret each one gives; --json repeats them
as a last line for programs.  --write FILE puts the same gradients and factors into a
checkpoint file, so that inspect audits the same numbers (needs h5py).
"""
import argparse
import json
import time

import torch
from curvlinops import CGInverseLinearOperator, EFLinearOperator
from torch import nn
from torch.func import functional_call, grad, vmap


class Damped:
    """A + lambda I, with the attributes that a matvec loop needs."""

    def __init__(self, a, lam):
        self.a, self.lam, self.calls = a, lam, 0

    def __matmul__(self, x):
        self.calls += 1
        return self.a @ x + self.lam * x


def mean_regret(inner):
    inner = inner.double()
    n = inner.diagonal().sqrt()
    r = n[None, :] - inner / n[:, None]
    r.fill_diagonal_(0)
    return (r.sum() / (len(n) * (len(n) - 1))).item()


def cg(a, b, tol, iters):
    x, r = torch.zeros_like(b), b.clone()
    p, rs = r.clone(), r @ r
    stop = tol * tol * rs
    for _ in range(iters):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        if new < stop:
            break
        p = r + (new / rs) * p
        rs = new
    return x


def write_checkpoint(path, gradients, factors, losses, batch, shapes):
    """A checkpoint file, version 1, with the gradients [N, P] and empirical factors [M, P]."""
    import h5py
    import numpy as np

    def text(name, value):
        f.attrs.create(name, value, dtype=h5py.string_dtype("utf-8", len(value)))

    with h5py.File(path, "w") as f:
        for name, value in {"format": "gradient-probe", "creator": "regret_torch.py", "created": "2026-01-01T00:00:00Z",
                            "run": "torch", "sampling": "fixed", "likelihood": "categorical"}.items():
            text(name, value)
        f.attrs["format_version"], f.attrs["sequence"], f.attrs["step"] = np.int64(1), np.int64(0), np.int64(0)
        f["gradients"], f["fisher/empirical/factors"] = gradients.numpy(), factors.numpy()
        f["minibatches/loss"] = np.array(losses, np.float64)
        f["minibatches/size"] = np.full(len(losses), batch, np.int64)
        counts = np.array([int(np.prod(shape)) for shape in shapes.values()], np.int64)
        width = max(len(name) for name in shapes)
        f["tensors/name"] = np.array([name.encode() for name in shapes], dtype=h5py.string_dtype("utf-8", width))
        f["tensors/offset"], f["tensors/count"] = np.cumsum(counts) - counts, counts
        rank = max(len(shape) for shape in shapes.values())
        f["tensors/shape"] = np.array([list(shape) + [0] * (rank - len(shape)) for shape in shapes.values()], np.int64)


def mean_live_diagonal(factors):
    """t: mean of diag F over the coordinates where a factor is not zero."""
    total, live = 0.0, 0
    for part in factors.split(4096, dim=1):
        squares = part.double().square().mean(0)
        total, live = total + squares.sum().item(), live + int((squares > 0).sum())
    return total / live


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--hidden", type=int, default=128)
    ap.add_argument("--examples", type=int, default=1024, help="M, the factor rows")
    ap.add_argument("--gradients", type=int, default=128, help="N minibatch gradients")
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--lam", type=float, default=1e-2)
    ap.add_argument("--tol", type=float, default=1e-3)
    ap.add_argument("--max-iter", type=int, default=500)
    ap.add_argument("--solves", type=int, default=5, help="how many single CG solves to time")
    ap.add_argument("--threads", type=int, default=0)
    ap.add_argument("--write", help="checkpoint file to write")
    ap.add_argument("--json", action="store_true", help="the results as a last line of JSON")
    a = ap.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(784, a.hidden), nn.ReLU(), nn.Linear(a.hidden, 10))
    loss = nn.CrossEntropyLoss()
    x, y = torch.randn(a.examples, 784), torch.randint(0, 10, (a.examples,))
    params = list(net.parameters())
    p = sum(q.numel() for q in params)

    t = time.perf_counter()
    g, losses = [], []
    for i in range(a.gradients):
        s = torch.randint(0, a.examples, (a.batch,))
        value = loss(net(x[s]), y[s])
        losses.append(value.item())
        g.append(torch.cat([q.flatten() for q in torch.autograd.grad(value, params)]))
    g = torch.stack(g)
    print(f"P={p} M={a.examples} N={a.gradients} lambda={a.lam} threads={torch.get_num_threads()} torch {torch.__version__}")
    print(f"capture {a.gradients} gradients {time.perf_counter() - t:.3f} s")
    print(f"euclidean {mean_regret(g @ g.T):.6f}")

    t = time.perf_counter()
    names = dict(net.named_parameters())
    one = grad(lambda w, xi, yi: loss(functional_call(net, w, (xi[None],)), yi[None]))
    per = vmap(one, in_dims=(None, 0, 0))({k: v.detach() for k, v in names.items()}, x, y)
    s = torch.cat([per[k].flatten(1) for k in names], 1)
    t1 = time.perf_counter()
    k = torch.cat([g, s])
    k = (k @ k.T).double()
    n = a.gradients
    h = torch.linalg.solve_triangular(
        torch.linalg.cholesky(k[n:, n:] + a.examples * a.lam * torch.eye(a.examples)), k[n:, :n], upper=False)
    inner = (k[:n, :n] - h.T @ h) / a.lam
    t2 = time.perf_counter()
    print(f"dual: factors {t1 - t:.3f} s, Gram+Cholesky {t2 - t1:.3f} s for all {n} = {(t2 - t) / n * 1e3:.3f} ms each; "
          f"KL regret {mean_regret(inner):.6f}", flush=True)
    results = {"dual_s": t2 - t1, "dual_regret": mean_regret(inner), "euclidean": mean_regret(g @ g.T)}
    if a.write:
        write_checkpoint(a.write, g, s, losses, a.batch, {k: v.shape for k, v in names.items()})
        # The weight rho for which (1 - rho) F + rho t I is F + lambda I up to the factor 1 - rho.
        results["weight"] = a.lam / (a.lam + mean_live_diagonal(s))

    ef = EFLinearOperator(net, loss, params, [(x, y)], check_deterministic=False)
    t = time.perf_counter()
    for i in range(3):
        ef @ g[i]
    print(f"one F-vector product {(time.perf_counter() - t) / 3 * 1e3:.1f} ms")

    op = Damped(ef, a.lam)
    times, err = [], []
    for i in range(a.solves):
        t = time.perf_counter()
        v = cg(op, g[i], a.tol, a.max_iter)
        times.append(time.perf_counter() - t)
        err.append(abs((v @ g[i]).item() / inner[i, i].item() - 1))
    print(f"fvp-loop-cg: best {min(times):.3f} s per gradient, {op.calls / a.solves:.0f} products each, "
          f"worst error {max(err):.1e}; all {n} at this rate {min(times) * n:.1f} s", flush=True)

    try:
        from curvlinops.examples import IdentityLinearOperator  # ships with some versions
        eye = IdentityLinearOperator([q.shape for q in params], params[0].device, params[0].dtype)
        damped = ef + a.lam * eye
    except ImportError:
        damped = None
    if damped is None:
        print("curvlinops-cg: no identity operator in this version")
        return
    inv = CGInverseLinearOperator(damped, tolerance=a.tol, max_iter=a.max_iter, max_tridiag_iter=0)
    times, err = [], []
    for i in range(a.solves):
        t = time.perf_counter()
        v = inv @ g[i]
        times.append(time.perf_counter() - t)
        err.append(abs((v @ g[i]).item() / inner[i, i].item() - 1))
    print(f"curvlinops-cg: best {min(times):.3f} s per gradient, worst error {max(err):.1e}; "
          f"all {n} at this rate {min(times) * n:.1f} s", flush=True)
    results["cg_s"] = min(times) * n
    t = time.perf_counter()
    v = inv @ g.T
    t = time.perf_counter() - t
    got = mean_regret(g @ v)
    print(f"curvlinops-cg-batched: {t:.2f} s for all {n} = {t / n * 1e3:.1f} ms each; KL regret {got:.6f}")
    results["batched_s"], results["batched_regret"] = t, got
    if a.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
