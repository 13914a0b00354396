#!/usr/bin/env python3
"""Reference values for a checkpoint file, the slow and plain way.

    python3 oracle.py FILE.h5 [--fisher KIND] [--damping auto|none|identity:W|diagonal:W]
                              [--reference GROUP] [--fisher-group GROUP|all]

Reads a file of FORMAT.md and prints, as JSON, what Measures.md of the documentation defines for it, in
float64 and with dense P x P algebra: exact, small (P up to about 2,000), and sharing nothing with
the program under test. Needs numpy and h5py.
"""
import argparse, json, os, sys
import h5py
import numpy as np

KINDS = ("exact", "sampled", "empirical", "minibatch")
PATH = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0]
RCOND = 1e-6


# ---------------------------------------------------------------- reading

def array(dataset):
    """A dataset as float64, bfloat16 included (uint16 with encoding="bfloat16")."""
    raw = dataset[...]
    if dataset.attrs.get("encoding", b"") in ("bfloat16", b"bfloat16"):
        return (raw.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return raw.astype(np.float64)


def plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return value.decode() if isinstance(value, bytes) else value


def matrix(path, f, name):
    """A matrix of the file f at path, put together from its shards where it has some."""
    if "shards" not in f:
        return array(f[name])
    parts = []
    for place in np.argsort(f["shards/offset"][...]):
        with h5py.File(os.path.join(path.removesuffix(".h5") + ".shards", plain(f["shards/file"][place]))) as shard:
            parts.append(array(shard[name]))
    return np.concatenate(parts, axis=-1)


def read(path):
    with h5py.File(path, "r") as f:
        G = matrix(path, f, "gradients")
        sizes = f["minibatches/size"][...].astype(np.int64)
        losses = f["minibatches/loss"][...].astype(np.float64)
        groups = None
        if "groups" in f:
            groups = [plain(n) for n in f["groups/name"][...]], f["minibatches/group"][...].astype(np.int64)
        factors = {}
        for kind in KINDS[:3]:
            if f"fisher/{kind}" in f:
                group = f[f"fisher/{kind}"]
                ids = group["minibatch"][...].astype(np.int64) if "minibatch" in group else None
                factors[kind] = (matrix(path, f, f"fisher/{kind}/factors"), ids)
        names = [plain(n) for n in f["tensors/name"][...]]
        spans = list(zip(names, f["tensors/offset"][...].tolist(), f["tensors/count"][...].tolist()))
        about = {k: plain(f.attrs[k]) for k in ("run", "step", "sampling")}
        about["metrics"] = {k: float(v) for k, v in f["metrics"].attrs.items()} if "metrics" in f else {}
        theta = matrix(path, f, "parameters") if "parameters" in f else None
        shapes = [[int(n) for n in s if n > 0] for s in f["tensors/shape"][...]]
    return G, sizes, losses, groups, factors, spans, about, theta, shapes


def arranged(G, sizes, losses, groups, factors, reference, fisher_group):
    """The rows by groups, the reference's first, and the factor rows of the Fisher's group and of other data alone.

    Also the number of reference minibatches, the rows of G that the minibatch Fisher is of, and the group of each row.
    """
    if groups is None:
        return G, sizes, losses, factors, len(G), np.arange(len(G)), None
    names, member = groups
    first = names.index(reference) if reference else 0
    wanted = None if fisher_group == "all" else names.index(fisher_group) if fisher_group else first
    order = np.concatenate([np.flatnonzero(member == k) for k in [first] + [k for k in range(len(names)) if k != first]])
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    kept = {}
    for kind, (rows, ids) in factors.items():
        if ids is not None:
            use = (ids < 0) | (wanted is None) | (member[ids] == wanted)
            rows, ids = rows[use], np.where(ids[use] < 0, -1, place[ids[use]])
        if len(rows):
            kept[kind] = rows, ids
    member = member[order]
    own = np.arange(len(order)) if wanted is None else np.flatnonzero(member == wanted)
    return G[order], sizes[order], losses[order], kept, int((member == first).sum()), own, member


# ---------------------------------------------------------------- statistics of Q (N x N)

def pairs_mean(A):
    """Mean over ordered pairs i != j."""
    N = len(A)
    return float((A.sum() - np.trace(A)) / (N * (N - 1)))


def jackknife(statistic, *matrices):
    """Standard error of statistic(*matrices), leaving one minibatch (row and column) out at a time."""
    N = len(matrices[0])
    if N < 3:
        return None
    left = []
    for i in range(N):
        k = np.arange(N) != i
        left.append(statistic(*(A[np.ix_(k, k)] for A in matrices)))
    left = np.array(left)
    return float(np.sqrt((N - 1) / N * ((left - left.mean()) ** 2).sum()))


def leaving_out(values):
    """Standard error from the values without each unit."""
    values = np.array(values)
    n = len(values)
    return None if n < 3 or not np.isfinite(values).all() else float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))


def estimate(statistic, *matrices):
    return {"value": float(statistic(*matrices)), "stderr": jackknife(statistic, *matrices)}


def regret_matrix(Q):
    q = np.sqrt(np.diag(Q))
    return q[None, :] - Q / q[:, None]


def cosine_matrix(Q):
    q = np.sqrt(np.diag(Q))
    return Q / np.outer(q, q)


def regret_ratio(Q):
    """Mean regret on another gradient over that on the mean of the others; None unless the latter is positive."""
    n = len(Q)
    def on_mean(i):
        w = np.where(np.arange(n) == i, 0, 1 / (n - 1))
        length = np.sqrt(max(0, w @ Q @ w))
        return length - w @ Q[i] / np.sqrt(Q[i, i])
    paid = np.mean([on_mean(i) for i in range(n)])
    return float(pairs_mean(regret_matrix(Q)) / paid) if paid > 0 else None


def statistics(Q, batch):
    """The table of measures, or None where fewer than two gradients are left."""
    if len(Q) < 2:
        return None
    square = lambda A: float(np.diag(A).mean())
    norm = lambda A: float(np.sqrt(np.diag(A)).mean())
    coherence = lambda A: pairs_mean(A) / square(A)
    scale = lambda A: batch * (square(A) - pairs_mean(A)) / pairs_mean(A)
    regret = estimate(pairs_mean, regret_matrix(Q))
    positive = pairs_mean(Q) > 0
    return {
        "regret": regret,
        "cosine": estimate(pairs_mean, cosine_matrix(Q)),
        "norm": estimate(norm, Q),
        "rms_norm": float(np.sqrt(square(Q))),
        "jensen_ratio": norm(Q) / float(np.sqrt(square(Q))),
        "relative_regret": regret["value"] / norm(Q),
        "mean_gradient_square": estimate(pairs_mean, Q),
        "noise": square(Q) - pairs_mean(Q),
        "coherence": estimate(coherence, Q),
        "contrast": 1 / coherence(Q) if positive else None,
        "noise_scale": estimate(scale, Q) if positive else None,
    }


def held_out_statistics(pairs, N, batch):
    """pairs[(i, j)] = the 2 x 2 Q of gradients i and j under a Fisher that saw neither minibatch."""
    R, C, T = np.zeros((N, N)), np.zeros((N, N)), np.zeros((N, N))
    for (i, j), q in pairs.items():
        a, b = np.sqrt(q[0, 0]), np.sqrt(q[1, 1])
        R[i, j], R[j, i] = b - q[0, 1] / a, a - q[0, 1] / b
        C[i, j] = C[j, i] = q[0, 1] / (a * b)
        T[i, j] = T[j, i] = batch * ((q[0, 0] + q[1, 1]) / 2 - q[0, 1])
    return {"regret": estimate(pairs_mean, R), "cosine": estimate(pairs_mean, C), "tic": estimate(pairs_mean, T)}


# ---------------------------------------------------------------- the population's estimate

CAP = 0.9


def group_weights(groups, rho, share):
    """W_k of every group of rows (in coordinates where D = 1), by damped iteration, and the capped share of the trace."""
    c, total = 1 - rho, sum(len(S) for S in groups)
    W = [c * np.eye(len(S)) for S in groups]
    for _ in range(2000):
        A = sum(S.T @ w @ S for S, w in zip(groups, W)) / total + rho * np.eye(groups[0].shape[1])
        inverse, change, capped, new = np.linalg.inv(A), 0, 0.0, []
        for S, w in zip(groups, W):
            a = S @ inverse @ S.T / total
            H = share * np.linalg.solve(np.eye(len(S)) - a @ w, a)
            values, U = np.linalg.eigh(c * (H + H.T) / 2)
            capped += ((U[:, values > CAP].T @ S) ** 2).sum()
            target = c * (U / (1 - np.clip(values, 0, CAP))) @ U.T
            new.append((w + target) / 2)
            change = max(change, np.abs(new[-1] - w).max())
        W = new
        if change < 1e-11:
            break
    return W, float(capped / sum((S ** 2).sum() for S in groups))


def population_estimate(g, rows, ids, rho, batch, n=None):
    """kl.estimate of the first n of gradients g [total, P] of minibatches 0...total-1, all in coordinates where D = 1.

    `ids` of other data: -1. Also Q of every pair, and by group of rows, how Q moves without it: (minibatch, growth).
    """
    total, M, P = len(g), len(rows), rows.shape[1]
    n = total if n is None else n
    names = list(range(total)) + sorted(set(ids[ids >= total])) + [-1 - r for r in np.flatnonzero(ids < 0)]
    member = np.where(ids < 0, -1 - np.arange(M), ids)
    names = [k for k in names if (member == k).any()]
    groups = [rows[member == k] for k in names]
    size = np.array([len(S) for S in groups])
    count = lambda k: int((member == k).sum())
    share = M / (M - 2 * np.mean([count(k) for k in range(n)]))
    capped = 0.0
    if rho < 1:
        W, capped = group_weights(groups, rho, share)
        blocks = np.array([S.T @ w @ S for S, w in zip(groups, W)])
    else:
        blocks = np.zeros((len(groups), P, P))
    t = np.sqrt(min(1, share * (size ** 2).sum() / M ** 2)) if rho < 1 else 0
    whole, eye = blocks.sum(0), np.eye(P)
    at = {k: blocks[names.index(k)] if k in names else np.zeros((P, P)) for k in range(total)}
    Q = {}
    for i in range(total):
        for j in range(i + 1, total):
            C = (whole - at[i] - at[j]) / (M - count(i) - count(j))
            two = g[[i, j]]
            Q[i, j] = sum(two @ np.linalg.solve(rho * eye + (1 + s * t) * C, two.T) for s in (1, -1)) / 2
    # How Q moves without a group: first order, at A without each gradient's own rows.
    left = M / share
    u = [np.linalg.solve((whole - at[a]) / left + rho * eye, g[a]) for a in range(total)]
    T = np.zeros((len(groups), total, total))
    for k, name in enumerate(names):
        for a in range(total):
            for b in range(total):
                if name not in (a, b):
                    T[k, a, b] = u[a] @ blocks[k] @ u[b] / left
    rest = size[:, None, None] / left
    growth = (T - rest * T.sum(0)) / np.maximum(1 - rest, 0.5)

    def terms(q):
        a, b = np.sqrt(q[0, 0]), np.sqrt(q[1, 1])
        c = q[0, 1]
        return np.array([((b - c / a) + (a - c / b)) / 2, c / (a * b), (a + b) / 2, (q[0, 0] + q[1, 1]) / 2 - c, c])

    def moved(q, d):
        h = 1e-6 / max(1e-300, np.abs(d).max() / np.abs(q).max())
        return (terms(q + h * d) - terms(q - h * d)) / (2 * h) if np.abs(d).max() > 0 else np.zeros(5)

    values = {p: terms(q) for p, q in Q.items() if max(p) < n}
    def mean(pairs, group=None):
        return np.mean([values[p] + (moved(Q[p], growth[group][np.ix_(p, p)]) if group is not None else 0)
                        for p in pairs], axis=0)
    everything = list(values)
    m = mean(everything)
    leave = [mean([p for p in everything if d not in p], names.index(d) if d in names and rho < 1 else None)
             for d in range(n)] if n >= 3 else []
    others = [mean(everything, k) for k, name in enumerate(names) if not 0 <= name < n] if rho < 1 else []
    final = {"regret": lambda s: s[0], "cosine": lambda s: s[1], "norm": lambda s: s[2],
             "relative_regret": lambda s: s[0] / s[2], "tic": lambda s: batch * s[3],
             "noise_scale": lambda s: batch * s[3] / s[4]}
    out = {}
    for name, f in final.items():
        if name == "noise_scale" and m[4] <= 0:
            out[name] = None
            continue
        value, jack = float(f(m)), np.array([f(s) for s in leave])
        error = None
        if n >= 3:
            error = float(np.sqrt((n - 1) / n * ((jack - jack.mean()) ** 2).sum() + sum((f(o) - value) ** 2 for o in others)))
        out[name] = {"value": value, "stderr": error}
    q = np.array([np.mean([np.sqrt(Q[min(a, b), max(a, b)][int(a > b), int(a > b)]) for b in range(n) if b != a]) for a in range(n)])
    out["capped"] = capped
    out["effective_minibatches"] = float(q.sum() ** 2 / (q ** 2).sum())
    return out, Q, [(name, growth[k]) for k, name in enumerate(names)] if rho < 1 else []


# ---------------------------------------------------------------- groups

def directed(q):
    """R_ij, R_ji and cos_ij of the 2 x 2 Q of a pair."""
    a, b = np.sqrt(q[0, 0]), np.sqrt(q[1, 1])
    return np.array([b - q[0, 1] / a, a - q[0, 1] / b, q[0, 1] / (a * b)])


def pair_matrices(pairs, N, of=directed):
    """R [N, N], chosen on the row and paid on the column, and cosines, from the 2 x 2 Q of pairs."""
    R, C = np.zeros((N, N)), np.zeros((N, N))
    for (i, j), q in pairs.items():
        R[i, j], R[j, i], C[i, j] = of(q)
        C[j, i] = C[i, j]
    return R, C


def moved_matrices(pairs, N, name, growth):
    """How both move to first order where Q of every pair without minibatch `name` grows."""
    def change(p):
        q, d = pairs[p], growth[np.ix_(p, p)]
        if name in p or np.abs(d).max() == 0:
            return np.zeros(3)
        h = 1e-6 / max(1e-300, np.abs(d).max() / np.abs(q).max())
        return (directed(q + h * d) - directed(q - h * d)) / (2 * h)
    return pair_matrices({p: change(p) for p in pairs}, N, of=lambda x: x)


def transfers(R, C, member, count, moves=()):
    """The measures from each group A to each group B, a list of lists; None where they have no pair.

    Of pairs i in A, j in B, i != j: mean R and C, R(A->B) - R(A->A) and C(A->B)/C(A->A), the latter None where C(A->A) is
    not larger than twice its error. From a group to itself the last two are 0 and 1, without error.

    `moves`: (name, R's change, C's change) of the estimate, to first order, where the factor rows of a minibatch (its
    place) or of other data (another number) leave the Fisher. Without moves the Fisher stays as it is.

    Variance of each whole expression s: for A, and for B if it is another, (n - 1)/n times the sum of (s_i - mean s_i)^2,
    s_i being s without minibatch i, its pairs and its factor rows; and (s_k - s)^2 for all other factor rows k. The
    error is None where one of the groups has a single minibatch, or s_i has no pair left in one of its terms: across, two
    minibatches are enough for R and C, and three in A for the other two.
    """
    R0, C0, everybody = R, C, np.arange(len(R))
    moves = {name: (dR, dC) for name, dR, dC in moves}

    def values(a, b, without=None):
        """regret, cosine, excess, transfer; NaN where there is no pair."""
        dR, dC = moves.get(without, (0, 0))
        R, C = R0 + dR, C0 + dC
        left = [everybody[(member == k) & (everybody != without)] for k in (a, b)]
        def mean(X, A, B):
            pairs = [X[i, j] for i in A for j in B if i != j]
            return np.mean(pairs) if pairs else np.nan
        r, c = mean(R, *left), mean(C, *left)
        rr, cc = mean(R, left[0], left[0]), mean(C, left[0], left[0])
        return np.array([r, c, r - rr, c / cc])

    def errors(a, b):
        variance = np.zeros(4)
        for k in {a, b}:
            ids = everybody[member == k]
            jack = np.array([values(a, b, i) for i in ids])
            if len(ids) < 2:
                return np.full(4, np.nan)
            variance += (len(ids) - 1) / len(ids) * ((jack - jack.mean(0)) ** 2).sum(0)
        for name in moves:
            if not (0 <= name < len(R)) or member[name] not in (a, b):
                variance += (values(a, b, name) - values(a, b)) ** 2
        return np.sqrt(variance)

    number = lambda x: None if np.isnan(x) else float(x)
    out = []
    for a in range(count):
        own, error = values(a, a), errors(a, a)
        known = not np.isnan(error[1]) and own[1] > 2 * error[1]
        row = []
        for b in range(count):
            v, e = values(a, b), errors(a, b)
            entry = {k: None if np.isnan(v[i]) else {"value": number(v[i]), "stderr": number(e[i])}
                     for i, k in enumerate(("regret", "cosine", "excess", "transfer"))}
            if not known:
                entry["transfer"] = None
            row.append(entry if entry["regret"] else None)
        out.append(row)
    return out


def typical(R, member, count):
    """Medians and geometric means of R from group to group less those within the first, a list of lists."""
    everybody = np.arange(len(R))

    def terms(a, b, without=None):
        return np.array([max(0, R[i, j]) for i in everybody[member == a] for j in everybody[member == b]
                         if i != j and without not in (i, j)])

    def geometric(a, b, without=None):
        floor = 1e-6 * terms(a, b).max()
        left = terms(a, b, without)
        return np.exp(np.log(np.maximum(left, floor)).mean()) if len(left) else np.nan

    out = []
    for a in range(count):
        row = []
        for b in range(count):
            if not len(terms(a, b)) or not len(terms(a, a)):
                row.append({"median_excess": None, "geometric_mean_excess": None})
                continue
            excess = lambda without=None: geometric(a, b, without) - geometric(a, a, without)
            variance = 0.0
            for k in {a, b}:
                left = np.array([excess(i) for i in everybody[member == k]])
                variance += (len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum() if len(left) > 1 else np.nan
            row.append({"median_excess": float(np.median(terms(a, b)) - np.median(terms(a, a))), "geometric_mean_excess": {
                "value": float(excess()), "stderr": None if np.isnan(variance) else float(np.sqrt(variance))}})
        out.append(row)
    return out


def loss_excess(one, other):
    """Difference of means with Welch's error."""
    known = min(len(one), len(other)) > 1
    error = np.sqrt(sum(x.var(ddof=1) / len(x) for x in (one, other))) if known else None
    return {"value": float(other.mean() - one.mean()), "stderr": float(error) if known else None}


def group_summary(name, sizes, losses):
    n = len(sizes)
    error = float(losses.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    return {"name": name, "minibatches": n, "batch_size": harmonic(sizes),
            "loss": {"value": float(losses.mean()), "stderr": error}}


# ---------------------------------------------------------------- Fisher

def harmonic(sizes):
    return float(len(sizes) / (1.0 / sizes).sum())


def minibatch_fisher(G, b):
    """b Cov(g) + mean mean^T: the empirical Fisher recovered from minibatch gradients."""
    mean = G.mean(0)
    centred = G - mean
    return b * centred.T @ centred / (len(G) - 1) + np.outer(mean, mean)


class Fisher:
    """F of one kind over columns `part`; all that is asked of it is on its live coordinates."""

    def __init__(self, kind, G, sizes, rows, ids, own):
        self.kind, self.G, self.sizes, self.rows, self.ids, self.own = kind, G, sizes, rows, ids, own
        b = harmonic(sizes[own])
        self.F = minibatch_fisher(G[own], b) if kind == "minibatch" else rows.T @ rows / len(rows)
        self.live = (G[own] if kind == "minibatch" else rows).any(0)
        self.d = np.diag(self.F)[self.live]

    def on_live(self, F):
        return F[np.ix_(self.live, self.live)]

    def normalized(self, F):
        return self.on_live(F) / np.sqrt(np.outer(self.d, self.d))

    def without(self, i, j):
        if self.kind == "minibatch":
            keep = self.own[~np.isin(self.own, [i, j])]
            return minibatch_fisher(self.G[keep], harmonic(self.sizes[keep]))
        keep = (self.ids != i) & (self.ids != j)
        return self.rows[keep].T @ self.rows[keep] / keep.sum()

    def leaving_out(self):
        """F without each minibatch's rows, without each row where these are of one minibatch or of none that is known."""
        if self.kind == "minibatch":
            b = harmonic(self.sizes[self.own])
            return [minibatch_fisher(self.G[self.own[self.own != i]], b) for i in self.own]
        known = self.ids if self.ids is not None and len(set(self.ids)) > 1 else np.arange(len(self.rows))
        return [self.rows[known != k].T @ self.rows[known != k] / (known != k).sum() for k in sorted(set(known))]

    def can_hold_out(self, index):
        if self.kind == "minibatch":
            return len(self.own) >= 5
        if self.ids is None:
            return False
        return all(((self.ids != i) & (self.ids != j)).any() for i in index for j in index if i < j)

    def damping(self, name):
        """(kind, weight) of a damping option."""
        if name == "auto":
            return "diagonal", self.shrinkage()
        if name == "none":
            return "none", None
        kind, weight = name.split(":")
        return kind, float(weight)

    def shrinkage(self):
        """Schafer and Strimmer's weight of the diagonal."""
        s = np.sqrt(self.d)
        if self.kind == "minibatch":
            b, g = harmonic(self.sizes[self.own]), self.G[self.own]
            groups = [np.sqrt(b) * (row - g.mean(0))[self.live][None] / s for row in g]
        else:
            groups = [rows[:, self.live] / s for rows in self.groups()]
        off = lambda A: A - np.diag(np.diag(A))
        blocks = [off(o.T @ o / len(o)) for o in groups]
        K, mean = len(blocks), sum(blocks) / len(blocks)
        distance = (mean ** 2).sum()
        if K < 2 or distance <= 0:
            return 0.999
        return float(np.clip(sum(((B - mean) ** 2).sum() for B in blocks) / (K * (K - 1)) / distance, 1e-6, 0.999))

    def groups(self):
        """Rows of each group for the weight of auto."""
        if self.ids is not None and len(np.unique(self.ids)) > 1:
            return [self.rows[self.ids == k] for k in np.unique(self.ids)]
        return [r[None] for r in self.rows]

    def thin(self, g):
        """Share of the whitened gradients' square in columns whose diagonal fewer than four groups make."""
        parts = np.array([(r[:, self.live] ** 2).mean(0) for r in self.groups()])
        square = (g[:, self.live] ** 2 / self.d).sum(0)
        return float(square[parts.sum(0) ** 2 < 4 * (parts ** 2).sum(0)].sum() / square.sum())

    def range(self):
        """Eigenvalues above the cut and their vectors, in coordinates where diag F = 1."""
        w, U = np.linalg.eigh(self.normalized(self.F))
        keep = w > RCOND * w[-1]
        return w[keep], U[:, keep]

    def inverse(self, kind, weight, F=None):
        F = self.on_live(self.F if F is None else F)
        if kind == "identity":
            return np.linalg.inv((1 - weight) * F + weight * self.d.mean() * np.eye(len(F)))
        if kind == "diagonal":
            return np.linalg.inv((1 - weight) * F + weight * np.diag(self.d))
        w, U = self.range()
        V = U / np.sqrt(self.d)[:, None]
        return (V / w) @ V.T

    def quadratic(self, g, kind, weight):
        g = g[:, self.live]
        return g @ self.inverse(kind, weight) @ g.T

    def outside(self, g):
        g = g[:, self.live] / np.sqrt(self.d)
        total = (g ** 2).sum()
        return float(max(0.0, 1 - ((g @ self.range()[1]) ** 2).sum() / total)) if total > 0 else 0.0

    def summary(self, kind, weight):
        w = np.linalg.eigvalsh(self.F)
        out = {"kind": self.kind, "trace": float(np.trace(self.F)), "largest_eigenvalue": float(w[-1]),
               "frobenius": float(np.sqrt((self.F ** 2).sum())),
               "effective_rank": float(np.trace(self.F) ** 2 / (self.F ** 2).sum()), "contrast": None}
        known = [] if self.kind == "minibatch" or self.ids is None else np.unique(self.ids[self.ids >= 0])
        if len(known) > 1:
            share = np.array([(self.ids == k).sum() for k in known], float)
            share /= share.sum()
            blocks = [self.rows[self.ids == k].T @ self.rows[self.ids == k] / (self.ids == k).sum() for k in known]
            whole = sum(p * B for p, B in zip(share, blocks))
            normal, normal_whole = [self.normalized(B) for B in blocks], self.normalized(whole)
            top = lambda A: np.linalg.eigvalsh(A)[-1]
            fro = lambda A: np.sqrt((A ** 2).sum())
            ratio = lambda f, parts, all_: float(sum(p * f(B) for p, B in zip(share, parts)) / f(all_))
            out["contrast"] = {
                "largest_eigenvalue": ratio(top, blocks, whole), "frobenius": ratio(fro, blocks, whole),
                "largest_eigenvalue_normalized": ratio(top, normal, normal_whole),
                "frobenius_normalized": ratio(fro, normal, normal_whole), "log_volume_gap": None}
            if kind == "diagonal" and weight < 1:
                alpha = weight / (1 - weight)
                volume = lambda A: np.linalg.slogdet(np.eye(len(A)) + A / alpha)[1]
                out["contrast"]["log_volume_gap"] = float(
                    volume(normal_whole) - sum(p * volume(B) for p, B in zip(share, normal)))
        return out


# ---------------------------------------------------------------- beside theta

def parameter_measures(G, sizes, fish, theta, spans, shapes):
    """Signal-to-noise ratios of the gradients G, and what F [P, P] says of theta; None without a Fisher or theta."""
    def ratio(G):
        mean, variance = G.mean(0), G.var(0, ddof=1)
        known = np.ptp(G, axis=0) > 0
        ratios = (mean[known] ** 2 - variance[known] / len(G)) / (harmonic(sizes) * variance[known])
        return ratios.mean() if len(ratios) else np.nan

    every = np.arange(len(G))
    out = dict.fromkeys(("signal_to_noise", "fisher_rao", "relative_flatness", "relative_flatness_last"))
    out["tensors"] = []
    if len(G) > 1 and np.isfinite(ratio(G)):
        out["signal_to_noise"] = {"value": float(ratio(G)), "stderr": leaving_out([ratio(G[every != i]) for i in every]) if len(G) > 2 else None}
    if fish is None or theta is None:
        return out
    matrices = [(n, offset, width, s[0]) for (n, offset, width), s in zip(spans, shapes) if len(s) > 1 and width]

    def flatness(F, tensor):
        """sum over neurons s and t of (w_s . w_t) tr F_st"""
        _, offset, width, outputs = tensor
        part = slice(offset, offset + width)
        W = theta[part].reshape(outputs, -1)
        blocks = F[part, part].reshape(outputs, width // outputs, outputs, width // outputs)
        return float((W @ W.T * np.einsum("skuk->su", blocks)).sum())

    fishers = fish.leaving_out()
    def told(statistic, has_error=True):
        return {"value": float(statistic(fish.F)), "stderr": leaving_out([statistic(F) for F in fishers]) if has_error else None}

    has_error = fish.kind != "minibatch"
    out["fisher_rao"] = told(lambda F: theta @ F @ theta)
    out["tensors"] = [{"name": t[0], "relative_flatness": told(lambda F: flatness(F, t), has_error)} for t in matrices]
    if matrices:
        out["relative_flatness"] = told(lambda F: sum(flatness(F, t) for t in matrices), has_error)
        out["relative_flatness_last"] = out["tensors"][-1]["relative_flatness"]
    return out


# ---------------------------------------------------------------- the report

def nonzero(Q, *more):
    """Q (and index arrays) without gradients of zero length in the metric, and how many went."""
    keep = np.diag(Q) > 0
    return (Q[np.ix_(keep, keep)], *(m[keep] for m in more), int((~keep).sum()))


def audit(path, fisher=None, damping="auto", weights=PATH, with_held_out=True, reference=None, fisher_group=None):
    G, sizes, losses, groups, factors, spans, about, theta, shapes = read(path)
    G, sizes, losses, factors, count, own, member = arranged(
        G, sizes, losses, groups, factors, reference, fisher_group)
    b = harmonic(sizes[:count])
    every = np.flatnonzero(G.any(1))  # of all groups
    index = every[every < count]
    g = G[index]
    kind = fisher or next(k for k in KINDS if k in factors or k == "minibatch")
    rows, ids = factors.get(kind, (None, None))
    out = {**about, "minibatches": count, "zero_gradients": count - len(g), "parameters": G.shape[1], "batch_size": b,
           "euclidean": statistics(g @ g.T, b), "kl": None, "fisher": None, "damping_path": [], "tensors": []}
    usable = kind != "minibatch" or len(own) >= 3
    fish = Fisher(kind, G, sizes, rows, ids, own) if usable else None
    out["related"] = {"parameters": parameter_measures(G[:count], sizes[:count], fish, theta, spans, shapes)}
    usable = usable and fish.live.any()
    across = {"euclidean": (every, *map(lambda f: f(G[every] @ G[every].T), (regret_matrix, cosine_matrix)), ())}
    if usable:
        damp, weight = fish.damping(damping)
        whole, left, _ = nonzero(fish.quadratic(G[every], damp, weight), every)
        first = int((left < count).sum())
        gone = len(index) - first
        across["in_sample"] = left, regret_matrix(whole), cosine_matrix(whole), ()
        inside = statistics(whole[:first, :first], b)
        if inside:
            inside["tic"] = b * inside["noise"] if kind in ("exact", "sampled") else None
        held = population = None
        if with_held_out and damp != "none" and len(left) > 1 and fish.can_hold_out(left):
            pairs = {}
            for a in range(len(left)):
                for c in range(a + 1, len(left)):
                    two = G[left[[a, c]]][:, fish.live]
                    pairs[a, c] = two @ fish.inverse(damp, weight, fish.without(left[a], left[c])) @ two.T
            if first > 1:
                held = held_out_statistics({p: q for p, q in pairs.items() if max(p) < first}, first, b)
            across["held_out"] = left, *pair_matrices(pairs, len(left)), ()
            if kind != "minibatch" and first > 1:
                D = fish.d if damp == "diagonal" else np.full(len(fish.d), fish.d.mean())
                place = {int(k): p for p, k in enumerate(left)}
                whose = np.array([-1 if k < 0 else place.get(int(k), len(G) + int(k)) for k in ids])
                population, pairs, moves = population_estimate(
                    G[left][:, fish.live] / np.sqrt(D), rows[:, fish.live] / np.sqrt(D), whose, weight, b, first)
                N = len(left)
                across["estimate"] = left, *pair_matrices(pairs, N), [
                    (name, *moved_matrices(pairs, N, name, growth)) for name, growth in moves] if groups else ()
                population["thin"] = fish.thin(g) if damp == "diagonal" else 0.0
        energy = (g ** 2).sum()
        out["kl"] = {"fisher": kind, "damping": {"kind": damp, "weight": weight}, "zero_gradients": gone,
                     "outside_range": fish.outside(g), "dead": float((g[:, ~fish.live] ** 2).sum() / energy) if energy else 0.0,
                     "in_sample": inside, "held_out": held, "estimate": population}
        out["fisher"] = fish.summary(damp, weight)
        if damp != "none":
            for w in weights:
                Q, = nonzero(fish.quadratic(g, damp, w))[:1]
                s = statistics(Q, b)
                point = {"weight": w, **{k: s[k]["value"] if s else None for k in ("regret", "cosine", "norm")},
                         "regret_ratio": s and regret_ratio(Q), "excess": None, "transfer": None}
                out["damping_path"].append(point)
                if not groups:
                    continue
                Q, kept, _ = nonzero(fish.quadratic(G[every], damp, w), every)
                from_ = member[0]
                table = transfers(regret_matrix(Q), cosine_matrix(Q), member[kept], len(groups[0]))[from_]
                for name in ("excess", "transfer"):
                    point[name] = [{"name": n, "value": t and t[name] and t[name]["value"]}
                                   for k, (n, t) in enumerate(zip(groups[0], table)) if k != from_]
    by_tensor = []
    for name, offset, width in spans:
        part = slice(offset, offset + width)
        every = np.flatnonzero(G[:, part].any(1))
        gp = G[every[every < count], part]
        entry = {"name": name, "count": width, "euclidean": None, "kl": None}
        s = statistics(gp @ gp.T, b)
        entry["euclidean"] = s and s["regret"]
        if usable:
            fp = Fisher(kind, G[:, part], sizes, None if rows is None else rows[:, part], ids, own)
            if fp.live.any():
                s = statistics(nonzero(fp.quadratic(gp, damp, weight))[0], b)
                entry["kl"] = s and s["regret"]
                if groups:
                    Q, kept, _ = nonzero(fp.quadratic(G[every, part], damp, weight), every)
                    by_tensor.append((name, kept, Q))
        elif groups:
            by_tensor.append((name, every, G[every, part] @ G[every, part].T))
        out["tensors"].append(entry)
    if groups:
        names = groups[0]
        out["groups"] = [group_summary(n, sizes[member == k], losses[member == k]) for k, n in enumerate(names)]
        tables = {k: transfers(R, C, member[kept], len(names), moves) for k, (kept, R, C, moves) in across.items()}
        for k, (kept, R, C, _) in across.items():
            for one, other in zip(tables[k], typical(R, member[kept], len(names))):
                for entry, more in zip(one, other):
                    if entry:
                        entry.update(more)
        single = [(n, transfers(regret_matrix(Q), cosine_matrix(Q), member[kept], len(names))) for n, kept, Q in by_tensor]
        out["transfer"] = []
        for a, one in enumerate(names):
            for c, other in enumerate(names):
                known = [] if a == c else [(n, t[a][c]["excess"]) for n, t in single if t[a][c] and t[a][c]["excess"]]
                largest = sorted(known, key=lambda x: -x[1]["value"])[:3]
                out["transfer"].append({
                    "from": one, "to": other, "loss_excess": None if a == c else loss_excess(losses[member == a], losses[member == c]),
                    "euclidean": tables["euclidean"][a][c],
                    "kl": {k: tables[k][a][c] if k in tables else None for k in ("in_sample", "held_out", "estimate")},
                    "tensors": [{"name": n, "excess": e} for n, e in largest]})
    return out


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file")
    p.add_argument("--fisher", choices=KINDS)
    p.add_argument("--damping", default="auto")
    p.add_argument("--reference")
    p.add_argument("--fisher-group")
    p.add_argument("--no-held-out", action="store_true")
    a = p.parse_args()
    json.dump(audit(a.file, a.fisher, a.damping, with_held_out=not a.no_held_out, reference=a.reference,
                    fisher_group=a.fisher_group), sys.stdout, indent=1)
    print()
