#!/usr/bin/env python3
"""Writes small checkpoint files of FORMAT.md with h5py, as a stranger to the package would.

    python3 make_cases.py DIRECTORY [--seed S]

Each file is a real two-layer ReLU classifier's gradients on random clusters, with exact, sampled
and empirical Fisher factors, in several storage layouts. Needs numpy and h5py.
"""
import argparse, pathlib
import h5py
import numpy as np


class Network:
    """x [B, D] -> relu -> logits [B, C]; weights as one flat vector of P numbers."""

    def __init__(self, rng, D, H, C, scale=0.5):
        self.shapes = [("hidden.weight", (H, D)), ("hidden.bias", (H,)), ("output.weight", (C, H)), ("output.bias", (C,))]
        self.theta = rng.normal(size=sum(int(np.prod(s)) for _, s in self.shapes)) * scale

    def parts(self):
        out, at = [], 0
        for _, s in self.shapes:
            n = int(np.prod(s)); out.append(self.theta[at:at + n].reshape(s)); at += n
        return out

    def forward(self, x):
        W, b, V, c = self.parts()
        a = x @ W.T + b
        h = np.maximum(a, 0)
        z = h @ V.T + c
        e = np.exp(z - z.max(1, keepdims=True))
        return a, h, e / e.sum(1, keepdims=True)

    def rows(self, x, cotangent):
        """Per-example J^T cotangent: [B, C] -> [B, P]."""
        _, _, V, _ = self.parts()
        a, h, _ = self.forward(x)
        da = (cotangent @ V) * (a > 0)
        B = len(x)
        return np.concatenate([(da[:, :, None] * x[:, None, :]).reshape(B, -1), da,
                               (cotangent[:, :, None] * h[:, None, :]).reshape(B, -1), cotangent], 1)

    def per_example(self, x, y):
        c = self.forward(x)[2]
        c[np.arange(len(x)), y] -= 1
        return self.rows(x, c)

    def exact(self, x):
        p = self.forward(x)[2]
        C = p.shape[1]
        eye = np.eye(C)
        out = [self.rows(x, np.sqrt(C * p[:, k:k + 1]) * (eye[k] - p)) for k in range(C)]
        return np.stack(out, 1).reshape(-1, len(self.theta))

    def sampled(self, rng, x, draws):
        p = self.forward(x)[2]
        out = []
        for _ in range(draws):
            y = np.array([rng.choice(len(q), p=q) for q in p])
            out.append(np.sqrt(len(x)) * self.per_example(x, y).mean(0))
        return np.stack(out)

    def loss(self, x, y):
        return float(-np.log(self.forward(x)[2][np.arange(len(x)), y]).mean())


def text(f, name, value):
    f.attrs.create(name, value, dtype=h5py.string_dtype("utf-8", len(value.encode()) or 1))


def write(path, net, batches, rng, kinds=("exact", "sampled", "empirical"), dtype="f4", sizes=None, layout=None,
          ids=True, transform=None, step=0, groups=None, factors_of=None, others=None):
    """`groups`: names and each minibatch's; `factors_of`: minibatches that factor rows come from, all by default;
    `others`: inputs of other data, whose factor rows bear id -1."""
    layout, rng = layout or {}, np.random.default_rng(20)      # sampled labels: the same in every file
    transform = transform if transform is not None else np.ones(len(net.theta))
    G = np.stack([net.per_example(x, y).mean(0) for x, y in batches]) * transform
    with h5py.File(path, "w") as f:
        for k, v in {"format": "gradient-probe", "creator": "make_cases.py", "created": "2026-01-01T00:00:00Z",
                     "run": "cases", "sampling": "fixed", "likelihood": "categorical"}.items():
            text(f, k, v)
        f.attrs["format_version"], f.attrs["sequence"], f.attrs["step"] = np.int64(1), np.int64(0), np.int64(step)
        def put(name, rows):
            if dtype == "bf16":
                bits = rows.astype("f4").view(np.uint32)
                d = f.create_dataset(name, data=((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16), **layout)
                d.attrs.create("encoding", "bfloat16", dtype=h5py.string_dtype("utf-8", 8))
            else:
                f.create_dataset(name, data=rows.astype(dtype), **layout)
        put("gradients", G)
        f["minibatches/loss"] = np.array([net.loss(x, y) for x, y in batches])
        f["minibatches/size"] = np.array([len(x) for x, _ in batches], np.int64)
        made = {"exact": lambda x, y: net.exact(x), "sampled": lambda x, y: net.sampled(rng, x, 4),
                "empirical": lambda x, y: net.per_example(x, y)}
        if groups:
            f["minibatches/group"] = np.array(groups[1], np.int64)
            f["groups/name"] = np.array([n.encode() for n in groups[0]], dtype=h5py.string_dtype("utf-8", max(map(len, groups[0]))))
        whose = list(range(len(batches)) if factors_of is None else factors_of)
        for kind in kinds:
            rows = [made[kind](*batches[k]) * transform for k in whose]
            if others is not None:
                rows, whose = rows + [made[kind](*others) * transform], whose + [-1]
            put(f"fisher/{kind}/factors", np.concatenate(rows))
            if ids:
                f[f"fisher/{kind}/minibatch"] = np.repeat(whose, [len(r) for r in rows]).astype(np.int64)
        names = [n.encode() for n, _ in net.shapes]
        f["tensors/name"] = np.array(names, dtype=h5py.string_dtype("utf-8", max(map(len, names))))
        counts = np.array([int(np.prod(s)) for _, s in net.shapes], np.int64)
        f["tensors/count"], f["tensors/offset"] = counts, np.concatenate([[0], counts.cumsum()[:-1]])
        rank = max(len(s) for _, s in net.shapes)
        f["tensors/shape"] = np.array([list(s) + [0] * (rank - len(s)) for _, s in net.shapes], np.int64)
        f["parameters"] = (net.theta / transform).astype("f4")
        f.create_group("metrics").attrs["train_loss"] = float(np.mean([net.loss(x, y) for x, y in batches]))


def batches(rng, N, B, D, C):
    centres = rng.normal(size=(C, D)) * 1.5
    out = []
    for n in range(N):
        b = B if np.isscalar(B) else B[n]
        y = rng.integers(0, C, b)
        out.append((centres[y] + rng.normal(size=(b, D)), y))
    return out


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("directory", type=pathlib.Path)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--small", action="store_true", help="as committed among the tests")
    a = p.parse_args()
    a.directory.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(a.seed)
    D, H, C = (4, 5, 3) if a.small else (6, 8, 3)
    net, data = Network(rng, D, H, C), batches(rng, 8 if a.small else 12, 6 if a.small else 10, D, C)
    write(a.directory / "plain.h5", net, data, rng)
    write(a.directory / "chunked-gzip.h5", net, data, rng, layout=dict(chunks=(1, 40), compression="gzip", shuffle=True, fletcher32=True))
    write(a.directory / "half.h5", net, data, rng, dtype="f2")
    write(a.directory / "bfloat16.h5", net, data, rng, dtype="bf16")
    write(a.directory / "double.h5", net, data, rng, dtype="f8")
    write(a.directory / "gradients-only.h5", net, data, rng, kinds=())
    write(a.directory / "no-minibatch-ids.h5", net, data, rng, ids=False)
    write(a.directory / "rescaled.h5", net, data, rng, transform=np.exp(rng.normal(size=len(net.theta)) * 2))
    uneven = batches(rng, 9, [4, 8, 16, 5, 7, 30, 12, 6, 9], D, C)
    write(a.directory / "uneven-batches.h5", net, uneven, rng)
    write(a.directory / "two.h5", net, data[:2], rng)

    # Held-out data with other labels in part; factors of the training data alone.
    unlike = [(x, np.where(rng.random(len(y)) < 0.3, rng.integers(0, C, len(y)), y)) for x, y in batches(rng, 6, 6, D, C)]
    write(a.directory / "two-groups.h5", net, data[:8] + unlike, rng, kinds=("exact", "sampled"),
          groups=(["train", "validation"], [0] * len(data[:8]) + [1] * 6), factors_of=range(len(data[:8])))
    # Groups in no order, one of a single minibatch, one of larger minibatches, one with labels at random.
    order = [2, 0, 1, 3, 0, 1, 0, 3, 1, 0, 1, 0, 3]
    mixed = batches(rng, len(order), [9 if k == 3 else 6 for k in order], D, C)
    mixed = [(x, rng.integers(0, C, len(y)) if k == 1 else y) for k, (x, y) in zip(order, mixed)]
    write(a.directory / "many-groups.h5", net, mixed, rng, kinds=("sampled", "empirical"), others=batches(rng, 1, 5, D, C)[0],
          groups=(["clean", "shuffled labels", "one", "larger"], order))
