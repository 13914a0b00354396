"""What the peers in numpy share: their options, and blocks of columns of a checkpoint file."""
import argparse, os


def options(doc, **more):
    """The command line; sets OpenBLAS's threads, so it comes before numpy is imported. `more` are options with defaults."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file")
    p.add_argument("--damping", default="diagonal:0.1")
    p.add_argument("--columns", type=int, default=16384)
    p.add_argument("--threads", type=int, default=0, help="BLAS threads, 0: as many as it likes")
    p.add_argument("--workers", type=int, default=1)
    for name, default in more.items():
        p.add_argument("--" + name, type=type(default), default=default)
    a = p.parse_args()
    if a.threads:
        os.environ["OPENBLAS_NUM_THREADS"] = str(a.threads)
    return a


def read(G, S, j, k):
    """Columns j to j + k of the rows [G; S], and the mean square of S's."""
    import numpy as np
    N, M = len(G), len(S)
    X = np.empty((N + M, k), np.float32)
    G.read_direct(X, np.s_[:, j:j + k], np.s_[:N])
    S.read_direct(X, np.s_[:, j:j + k], np.s_[N:])
    return X, np.einsum("mp,mp->p", X[N:], X[N:]) / np.float32(M)


def whiten(X, d):
    """Coordinates where D = 1, in place; columns without factors are dropped."""
    import numpy as np
    X *= np.where(d > 0, 1 / np.sqrt(np.where(d > 0, d, 1)), 0)
