#!/usr/bin/env python3
"""All measures of an audit but the population's estimate, by numpy and h5py as a careful person would write them.

    python3 audit_numpy.py FILE [--damping diagonal:0.1] [--threads T] [--workers W]

Held-out pairs are low-rank downdates of one eigendecomposition, never refits, and batched a minibatch at a time; the
jackknife works on sums; tensors are solved in the smaller of their two spaces; models with fewer parameters than factor
rows stay in the parameters' space. Column blocks are read as in regret_numpy.py. Prints one JSON line with numbers to
compare, seconds and peak memory. All minibatches have equally many factor rows. Needs numpy, scipy and h5py.
"""
import json, resource, time
from concurrent.futures import ThreadPoolExecutor

from column_blocks import options, read, whiten

a = options(__doc__)
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import scipy.linalg as sla  # noqa: E402

rho = float(a.damping.split(":")[1])
PATH = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1]


def jackknife(X):
    """Mean over i != j of a matrix with zeros on its diagonal, and its error without each row and column."""
    N = len(X)
    own, total = X.sum(0) + X.sum(1), X.sum()
    left = (total - own) / ((N - 1) * (N - 2))
    return float(total / (N * (N - 1))), float(np.sqrt((N - 1) / N * ((left - left.mean()) ** 2).sum()))


def pair_tables(first, cross, second):
    """R chosen on the row and paid on the column, and cosines, from Q_ii, Q_ij and Q_jj of every pair."""
    a, b = np.sqrt(first), np.sqrt(second)
    R, C = b - cross / a, cross / (a * b)
    np.fill_diagonal(R, 0), np.fill_diagonal(C, 0)
    return R, C


def tables(Q):
    d = np.diag(Q)
    return pair_tables(np.broadcast_to(d[:, None], Q.shape), Q, np.broadcast_to(d[None, :], Q.shape))


def damped(GG, GS, SS, M, rho):
    """Q from products of rows in coordinates where D = 1."""
    if rho == 1:
        return GG
    mu = rho * M / (1 - rho)
    L = sla.cholesky(SS + mu * np.eye(len(SS)), lower=True, check_finite=False)
    Y = sla.solve_triangular(L, GS.T, lower=True, check_finite=False)
    return (GG - Y.T @ Y) / rho


def blocks(f, spans, workers):
    """Whitened and raw products of [G; S] of every tensor, or the whitened columns where it has fewer than M."""
    G, S = f["gradients"], f["fisher/exact/factors"]
    N, M = len(G), len(S)

    def tensor(span):
        offset, count = span
        keeps = count < M
        raw, white, kept = np.zeros((N + M, N + M) if not keeps else (N, N)), np.zeros((N + M, N + M)), []
        for j in range(offset, offset + count, a.columns):
            k = min(a.columns, offset + count - j)
            X, d = read(G, S, j, k)
            if keeps:
                raw += X[:N] @ X[:N].T
                kept.append((X.astype(np.float64), d.astype(np.float64)))
                continue
            raw += X @ X.T
            whiten(X, d)
            white += X @ X.T
        if keeps:
            columns, d = np.hstack([c for c, _ in kept]), np.concatenate([c for _, c in kept])
            return "columns", raw, columns, d
        return "gram", raw, white, None

    with ThreadPoolExecutor(workers) as pool:
        return N, M, list(pool.map(tensor, spans))


start = time.perf_counter()
with h5py.File(a.file, "r", rdcc_nbytes=0) as f:
    spans = list(zip(f["tensors/offset"][...].tolist(), f["tensors/count"][...].tolist()))
    ids = f["fisher/exact/minibatch"][...]
    N, M, parts = blocks(f, spans, a.workers)
    P = f["gradients"].shape[1]
finished = time.perf_counter()
out = {"tensors": []}
euclidean = sum(part[1][:N, :N] for part in parts)
out["euclidean"] = jackknife(tables(euclidean)[0])
for form, raw, values, d in parts:
    if form == "gram":
        Q = damped(values[:N, :N], values[:N, N:], values[N:, N:], M, rho)
    else:
        live = d > 0
        X = values[:, live] / np.sqrt(d[live])
        A = (1 - rho) * (X[N:].T @ X[N:]) / M + rho * np.eye(live.sum())
        Q = X[:N] @ sla.cho_solve(sla.cho_factor(A, check_finite=False), X[:N].T, check_finite=False)
    out["tensors"].append([jackknife(tables(Q)[0])[0], jackknife(tables(raw[:N, :N])[0])[0]])

members = [np.flatnonzero(ids == k) for k in range(N)]
m = len(members[0])
if P >= M:
    def gram(raw):
        total = np.zeros((N + M, N + M))
        for form, r, values, d in parts:
            if form == "gram":
                total += r if raw else values
            else:
                live = d > 0
                X = values[:, live] if raw else values[:, live] / np.sqrt(d[live])
                total += X @ X.T
        return total
    K, R = gram(False), gram(True)[N:, N:]
    w, U = sla.eigh(K[N:, N:], check_finite=False)
    w = np.maximum(w, 0)
    c = (K[:N, N:] @ U) * np.where(w > 1e-15 * M * w[-1], 1 / np.sqrt(np.where(w > 0, w, 1)), 0)
    rest = K[:N, :N] - c @ c.T
    spectrum = sla.eigvalsh(R, check_finite=False) / M
    own = [(np.linalg.eigvalsh(R[np.ix_(k, k)]) / m, np.linalg.eigvalsh(K[N:, N:][np.ix_(k, k)]) / m) for k in members]
else:
    X = np.hstack([values for _, _, values, _ in parts])
    d = np.concatenate([d for *_, d in parts])
    live = d > 0
    raw_rows, d = X[N:, live], d[live]
    S, g = raw_rows / np.sqrt(d), X[:N, live] / np.sqrt(d)
    w, V = sla.eigh(S.T @ S, check_finite=False)
    w = np.maximum(w, 0)
    c, rest = g @ V, np.zeros((N, N))
    U = (S @ V) * np.where(w > 1e-15 * M * w[-1], 1 / np.sqrt(np.where(w > 0, w, 1)), 0)
    spectrum = sla.eigvalsh(raw_rows.T @ raw_rows, check_finite=False) / M
    small = lambda A: np.linalg.eigvalsh(A @ A.T if len(A) < A.shape[1] else A.T @ A) / m
    own = [(small(raw_rows[k]), small(S[k])) for k in members]


def products(rho):
    return (c / ((1 - rho) * w / M + rho)) @ c.T + rest / rho


R, C = tables(products(rho))
out["in_sample"], out["cosine"] = jackknife(R), jackknife(C)
out["path"] = [jackknife(tables(products(r))[0])[0] for r in PATH]
kept = w > 1e-6 * w[-1]
out["outside_range"] = float(max(0, 1 - (c[:, kept] ** 2).sum() / ((c ** 2).sum() + np.trace(rest))))
top, fro = spectrum[-1], np.sqrt((spectrum ** 2).sum())
alpha, white = rho / (1 - rho), w / M
out["largest_eigenvalue"] = float(top)
out["contrast"] = [
    float(np.mean([e[-1] for e, _ in own]) / top), float(np.mean([np.sqrt((e ** 2).sum()) for e, _ in own]) / fro),
    float(np.mean([e[-1] for _, e in own]) / white[-1]),
    float(np.mean([np.sqrt((e ** 2).sum()) for _, e in own]) / np.sqrt((white ** 2).sum())),
    float(np.log1p(white / alpha).sum() - np.mean([np.log1p(np.maximum(e, 0) / alpha).sum() for _, e in own]))]

# Held-out: downdates by the rows of both minibatches, all partners of one minibatch at once.
left = M - 2 * m
mu = rho * left / (1 - rho)
Y = (c * (np.sqrt(w) / (w + mu))) @ U.T
base = (c / ((1 - rho) * w / left + rho)) @ c.T + rest / rho
order = np.concatenate(members)
U, Y = U[order], Y[:, order].reshape(N, N, m)
weights = 1 / (w + mu) if len(w) == M else -w / (mu * (w + mu))
diagonal = np.empty((N, m, m))
for i in range(N):
    rows = U[i * m:(i + 1) * m]
    diagonal[i] = (rows * weights) @ rows.T + (0 if len(w) == M else np.eye(m) / mu)


def partners(i):
    n = N - 1 - i
    cross = ((U[i * m:(i + 1) * m] * weights) @ U[(i + 1) * m:].T).reshape(m, n, m).transpose(1, 0, 2)
    B = np.empty((n, 2 * m, 2 * m))
    B[:, :m, :m], B[:, m:, m:] = diagonal[i], diagonal[i + 1:]
    B[:, :m, m:], B[:, m:, :m] = cross, cross.transpose(0, 2, 1)
    sides = np.empty((n, 2 * m, 2))
    j = np.arange(i + 1, N)
    sides[:, :m, 0], sides[:, m:, 0] = Y[i, i], Y[i, j]
    sides[:, :m, 1], sides[:, m:, 1] = Y[j, i], Y[j, j]
    gain = sides.transpose(0, 2, 1) @ np.linalg.solve(B, sides) / rho
    return i, base[i, i] + gain[:, 0, 0], base[i, j] + gain[:, 0, 1], base[j, j] + gain[:, 1, 1]


first, cross, second = np.ones((N, N)), np.zeros((N, N)), np.ones((N, N))
with ThreadPoolExecutor(a.workers) as pool:
    for i, q, x, r in pool.map(partners, range(N - 1)):
        first[i, i + 1:] = second[i + 1:, i] = q
        second[i, i + 1:] = first[i + 1:, i] = r
        cross[i, i + 1:] = cross[i + 1:, i] = x
R, C = pair_tables(first, cross, second)
out["held_out"], out["held_out_cosine"] = jackknife(R), jackknife(C)
end = time.perf_counter()
print(json.dumps(out | {"read_s": finished - start, "rest_s": end - finished, "total_s": end - start,
                        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
