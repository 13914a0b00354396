#!/usr/bin/env python3
"""What takes a count sketch's bias out of the KL regret, and what tells its error: ways compared on rows of known kinds.

    python3 Benchmarks/sketch/corrections.py

Prints a table in Markdown. Whole rows, P = 20,000, in coordinates where diag F = 1, N = 24, M = 64, rho = 0.1, 60 sketches each:

    scaled       the regret divided by sqrt(c), c = 1 - d/k
    jackknife    over 16 groups of columns, rescaled
    solved       at c lambda, as inspect does

and standard errors by leaving out 32 groups of columns, and in closed form. Needs numpy and scipy.
"""
import numpy as np
from scipy import sparse

P, N, M, RHO, DRAWS = 20_000, 24, 64, 0.1, 60
LAMBDA = RHO / (1 - RHO)


def populations(generator):
    normal, t = generator.standard_normal, lambda shape: generator.standard_t(3, shape)
    decay = 3 * np.exp(-np.arange(40) / 10)
    for name, noise in (("forty directions and noise", normal), ("the same of Student's t", t)):
        directions = noise((40, P))
        yield name, lambda n, u=directions, e=noise: (normal((n, 40)) * decay) @ u + e((n, P))
    few = normal((5, P))
    yield "five directions, little noise", lambda n: (normal((n, 5)) * [30, 10, 5, 3, 2]) @ few + 0.3 * normal((n, P))
    yield "one number in twenty", lambda n: normal((n, P)) * (generator.random((n, P)) < 0.05)


def regret(q):
    lengths = np.sqrt(np.diag(q))
    r = lengths[None, :] - q / lengths[:, None]
    return (r.sum() - np.trace(r)) / (len(q) * (len(q) - 1))


def products(g, s, c=1.0):
    """Q and the rows r = g - alpha s, for (1 - rho) F + c rho I."""
    alpha = np.linalg.solve(s @ s.T + c * LAMBDA * np.eye(len(s)), s @ g.T).T
    rest = g - alpha @ s
    return (g @ g.T - alpha @ (s @ g.T)) / (c * RHO), rest


def settled(s, width):
    values = np.clip(np.linalg.eigvalsh(s @ s.T), 0, None)
    c = 1.0
    for _ in range(200):
        c = 1 - (values / (values + c * LAMBDA)).sum() / width
    return c


def left_out(g, s, count, c=1.0):
    """The regret without each group of columns, the others rescaled."""
    edges = np.linspace(0, g.shape[1], count + 1).astype(int)
    scale = np.sqrt(count / (count - 1))
    keep = [np.r_[0:a, b:g.shape[1]] for a, b in zip(edges, edges[1:])]
    return np.array([regret(products(scale * g[:, k], scale * s[:, k], c)[0]) for k in keep])


def closed(q, rest, width, c):
    lengths, count = np.sqrt(np.diag(q)), len(q)
    w = -(1 / lengths[:, None] + 1 / lengths[None, :]) / 2
    sums = (q.sum(1) - np.diag(q)) / lengths
    np.fill_diagonal(w, ((count - 1) + sums / lengths) / (2 * lengths))
    wc = w / (count * (count - 1)) @ (rest @ rest.T / (c * RHO))
    return np.sqrt(2 * np.trace(wc @ wc) / (width * c))


def main():
    generator = np.random.default_rng(3)
    print("| rows | k | as it is | scaled | jackknife | solved | spread | told: groups left out | told: closed form |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, rows in populations(generator):
        s = rows(M)
        g = rows(4 * N).reshape(N, 4, P).mean(1) + 0.1 * rows(1)
        root = np.sqrt((s ** 2).mean(0))
        root[root == 0] = np.inf
        g, s = g / root, s / root / np.sqrt(M)
        truth = regret(products(g, s)[0])
        for multiple in (8, 16, 64):
            width, found = multiple * M, []
            for _ in range(DRAWS):
                hashed = sparse.csr_matrix(
                    (generator.choice([-1.0, 1.0], P), (np.arange(P), generator.integers(0, width, P))), (P, width))
                a, b = (hashed.T @ g.T).T, (hashed.T @ s.T).T
                c = settled(b, width)
                plain, (q, rest) = regret(products(a, b)[0]), products(a, b, c)
                sixteen, groups = left_out(a, b, 16), left_out(a, b, 32, c)
                spread = np.sqrt(31 / 32 * ((groups - groups.mean()) ** 2).sum())
                found.append([plain, plain / np.sqrt(c), 16 * plain - 15 * sixteen.mean(), regret(q), spread,
                              closed(q, rest, width, c)])
            found = np.array(found) / truth
            bias = [f"{100 * (x - 1):+.2f}%".replace("-", "−") for x in found[:, :4].mean(0)]
            error = [f"{100 * x:.2f}%" for x in (found[:, 3].std(), *found[:, 4:].mean(0))]
            print(f"| {name} | {multiple} M | " + " | ".join(bias + error) + " |", flush=True)


if __name__ == "__main__":
    main()
