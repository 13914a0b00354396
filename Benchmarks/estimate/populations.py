"""Populations whose regret is known: distributions of rows, and networks whose data never run out.

A population draws what a checkpoint holds (`draw`), and knows the mean regret and its companions over pairs of independent
minibatches under (1-rho)F* + rho D for any D (`truth`).
"""
import os
import numpy as np

DIGITS = os.path.join(os.path.dirname(__file__), "../../samples/Networks/Resources/digits.csv")


def summary(gradients, solved, batch):
    """The measures' means over ordered pairs, from g [n, P] and A^-1 g."""
    count = len(gradients)
    squares = (gradients * solved).sum(1)
    norms = np.sqrt(squares)
    units, directions = solved / norms[:, None], gradients / norms[:, None]
    pairs = count * (count - 1)
    cross = (solved.sum(0) @ gradients.sum(0) - squares.sum()) / pairs
    regret = norms.mean() - (units.sum(0) @ gradients.sum(0) - norms.sum()) / pairs
    cosine = (directions.sum(0) @ units.sum(0) - count) / pairs
    tic = batch * (squares.mean() - cross)
    return {"regret": regret, "cosine": cosine, "norm": norms.mean(), "relative_regret": regret / norms.mean(),
            "tic": tic, "noise_scale": tic / cross}


class Population:
    """`gradients(n)` are fresh minibatch gradients, `fisher` is F*, both made once."""
    batch = 16
    fresh_count = 20_000

    def prepare(self, generator):
        self.fresh = np.concatenate([self.gradients(1_000, generator) for _ in range(self.fresh_count // 1_000)])

    def truth(self, rho, diagonal, live):
        metric = (1 - rho) * self.fisher[np.ix_(live, live)] + rho * np.diag(diagonal)
        gradients = self.fresh[:, live]
        result = summary(gradients, np.linalg.solve(metric, gradients.T).T, self.batch)
        plain = summary(self.fresh, self.fresh, self.batch)
        return {**{f"kl.estimate.{k}": v for k, v in result.items()},
                **{f"euclidean.{k}": plain[k] for k in ("regret", "cosine", "norm", "noise_scale")}}


class Rows(Population):
    """Examples x = root z: `gaussian`, `t` (4 degrees, one scale a row), or `low rank` (a twentieth of the directions, and noise)."""
    kind, likelihood = "empirical", "unspecified"

    def __init__(self, name, generator, width=300):
        self.name, self.width = name, width
        spectrum = 1 / np.arange(1, width + 1) ** 0.7
        if name == "low rank":
            spectrum = np.where(np.arange(width) < width // 20, 1.0, 0.02)
        turn, _ = np.linalg.qr(generator.normal(size=(width, width)))
        self.root = turn * np.sqrt(spectrum)
        self.mean = 0.15 * self.root @ generator.normal(size=width)
        self.fisher = self.root @ self.root.T
        self.prepare(generator)

    def examples(self, count, generator):
        z = generator.normal(size=(count, self.width))
        if self.name == "t":
            z *= np.sqrt(2 / generator.chisquare(4, size=(count, 1)))
        return z @ self.root.T

    def gradients(self, count, generator):
        return self.mean + self.examples(count * self.batch, generator).reshape(count, self.batch, -1).mean(1)

    def draw(self, count, rows, generator):
        return self.gradients(count, generator), self.examples(count * rows, generator)


class Network(Population):
    """A network with one hidden layer, trained by Adam; `steps` say how far."""
    def __init__(self, name, generator, steps, kind="exact", classes=4, inputs=10, hidden=16, training=500, separation=1.5):
        self.name, self.kind, self.classes, self.inputs, self.hidden = name, kind, classes, inputs, hidden
        self.likelihood = "categorical"
        self.setup(generator, separation)
        self.weights = [generator.normal(size=shape) / np.sqrt(shape[0]) for shape in self.shapes()]
        data = self.data(training, generator)
        first, second = [[np.zeros_like(w) for w in self.weights] for _ in range(2)]
        for step in range(1, steps + 1):
            chosen = generator.integers(0, training, 32)
            x, y = data[0][chosen], data[1][chosen]
            flat = self.rows(x, self.delta(x, y))[0].mean(0)
            start = 0
            for index, w in enumerate(self.weights):
                slope = flat[start:start + w.size].reshape(w.shape)
                start += w.size
                first[index] = 0.9 * first[index] + 0.1 * slope
                second[index] = 0.999 * second[index] + 0.001 * slope ** 2
                w -= 0.01 * first[index] / (1 - 0.9 ** step) / (np.sqrt(second[index] / (1 - 0.999 ** step)) + 1e-8)
        self.loss = float(self.losses(*data).mean())
        self.finish(generator)

    def finish(self, generator):
        total, count = 0, 0
        for _ in range(40):
            x, y = self.data(1_000, generator)
            rows = self.factors(x, y, generator, "empirical" if self.kind == "empirical" else "exact")
            total, count = total + rows.T @ rows, count + len(rows)
        self.fisher = total / count
        self.prepare(generator)

    def setup(self, generator, separation):
        self.centres = generator.normal(size=(3 * self.classes, self.inputs)) * separation

    def shapes(self):
        return [(self.inputs + 1, self.hidden), (self.hidden + 1, self.classes)]

    def data(self, count, generator):
        chosen = generator.integers(0, len(self.centres), count)
        return self.centres[chosen] + generator.normal(size=(count, self.inputs)), chosen % self.classes

    def forward(self, x):
        x = np.c_[x, np.ones(len(x))]
        hidden = np.tanh(x @ self.weights[0])
        top = np.c_[hidden, np.ones(len(x))]
        return x, hidden, top, top @ self.weights[1]

    def rows(self, x, deltas):
        """Gradients of every example for deltas [n, q, C] at the outputs: [q][n, P]."""
        x, hidden, top, _ = self.forward(x)
        result = []
        for q in range(deltas.shape[1]):
            delta = deltas[:, q]
            below = (delta @ self.weights[1][:-1].T) * (1 - hidden ** 2)
            result.append(np.c_[(x[:, :, None] * below[:, None]).reshape(len(x), -1),
                                (top[:, :, None] * delta[:, None]).reshape(len(x), -1)])
        return result

    def probabilities(self, x):
        z = self.forward(x)[-1]
        p = np.exp(z - z.max(1, keepdims=True))
        return p / p.sum(1, keepdims=True)

    def losses(self, x, y):
        return -np.log(self.probabilities(x)[np.arange(len(x)), y] + 1e-300)

    def delta(self, x, y):
        p = self.probabilities(x)
        p[np.arange(len(x)), y] -= 1
        return p[:, None]

    def drawn(self, x, generator):
        """The slope of the loss at the outputs with labels that the model draws."""
        p = self.probabilities(x)
        label = (p.cumsum(1) > generator.random((len(x), 1))).argmax(1)
        return self.delta(x, label)

    def exact(self, x):
        p = self.probabilities(x)
        return np.sqrt(self.classes * p)[:, :, None] * (p[:, None] - np.eye(self.classes))

    def factors(self, x, y, generator, kind):
        if kind == "empirical":
            return self.rows(x, self.delta(x, y))[0]
        return np.stack(self.rows(x, self.exact(x)), 1).reshape(-1, self.width)

    @property
    def width(self):
        return sum(int(np.prod(s)) for s in self.shapes())

    def gradients(self, count, generator):
        x, y = self.data(count * self.batch, generator)
        return self.rows(x, self.delta(x, y))[0].reshape(count, self.batch, -1).mean(1)

    def draw(self, count, rows, generator):
        gradients, factors = [], []
        for _ in range(count):
            x, y = self.examples(generator)
            gradients.append(self.rows(x, self.delta(x, y))[0].mean(0))
            if self.kind == "sampled":
                made = [np.sqrt(len(x)) * self.rows(x, self.drawn(x, generator))[0].mean(0) for _ in range(rows)]
                factors.append(np.stack(made))
            else:
                examples = rows // self.classes if self.kind == "exact" else rows
                factors.append(self.factors(x[:examples], y[:examples], generator, self.kind))
        return np.stack(gradients), np.concatenate(factors)

    def examples(self, generator):
        return self.data(self.batch, generator)


class Regression(Network):
    def __init__(self, name, generator, steps, **options):
        super().__init__(name, generator, steps, classes=2, **options)

    def setup(self, generator, separation):
        self.likelihood = "gaussian"
        self.teacher = generator.normal(size=(self.inputs, self.classes)) / np.sqrt(self.inputs)

    def data(self, count, generator):
        x = generator.normal(size=(count, self.inputs))
        return x, np.sin(2 * x @ self.teacher) + 0.3 * generator.normal(size=(count, self.classes))

    def losses(self, x, y):
        return 0.5 * ((self.forward(x)[-1] - y) ** 2).sum(1)

    def delta(self, x, y):
        return (self.forward(x)[-1] - y)[:, None]

    def drawn(self, x, generator):
        return generator.normal(size=(len(x), 1, self.classes))

    def exact(self, x):
        return np.broadcast_to(np.sqrt(self.classes) * np.eye(self.classes), (len(x), self.classes, self.classes))


class Convolution(Network):
    """Images of 8 x 8, four filters of 3 x 3, ReLU, means of 2 x 2, one dense layer."""
    def __init__(self, name, generator, steps, **options):
        super().__init__(name, generator, steps, inputs=64, **options)

    def setup(self, generator, separation):
        self.centres = generator.normal(size=(3 * self.classes, 64)) * 0.6

    def shapes(self):
        return [(10, 4), (37, self.classes)]

    def forward(self, x):
        images = x.reshape(-1, 8, 8)
        patches = np.stack([images[:, i:i + 6, j:j + 6] for i in range(3) for j in range(3)] + [np.ones((len(x), 6, 6))], -1)
        before = patches @ self.weights[0]
        pooled = np.maximum(before, 0).reshape(-1, 3, 2, 3, 2, 4).mean((2, 4)).reshape(len(x), 36)
        top = np.c_[pooled, np.ones(len(x))]
        return patches, before, top, top @ self.weights[1]

    def rows(self, x, deltas):
        patches, before, top, _ = self.forward(x)
        result = []
        for q in range(deltas.shape[1]):
            delta = deltas[:, q]
            below = (delta @ self.weights[1][:-1].T).reshape(-1, 3, 1, 3, 1, 4) / 4
            below = np.broadcast_to(below, (len(x), 3, 2, 3, 2, 4)).reshape(before.shape) * (before > 0)
            first = np.einsum("nijp,nijc->npc", patches, below, optimize=True)
            result.append(np.c_[first.reshape(len(x), -1), (top[:, :, None] * delta[:, None]).reshape(len(x), -1)])
        return result


class Digits(Network):
    """The handwritten digits; F* of a pair is that of the examples it does not hold."""
    pool = 400

    def __init__(self, name, generator, steps, **options):
        table = np.loadtxt(DIGITS, delimiter=",")
        self.images, self.labels = table[:, :-1] / 16, table[:, -1].astype(int)
        super().__init__(name, generator, steps, classes=10, inputs=64, hidden=8, training=1_400, **options)

    def setup(self, generator, separation):
        pass

    def data(self, count, generator):
        chosen = generator.permutation(len(self.images))[:count]
        return self.images[chosen], self.labels[chosen]

    def examples(self, generator):
        chosen = self.order[:self.batch]
        self.order = self.order[self.batch:]
        return self.images[chosen], self.labels[chosen]

    def draw(self, count, rows, generator):
        self.order = generator.permutation(len(self.images))
        return super().draw(count, rows, generator)

    def finish(self, generator):
        count = len(self.images)
        rows = self.factors(self.images, self.labels, generator, self.kind).reshape(count, -1, self.width)
        self.total = np.einsum("nqi,nqj->ij", rows, rows, optimize=True)
        self.each, self.example_rows = rows, rows.shape[1]
        slopes = self.rows(self.images, self.delta(self.images, self.labels))[0]
        self.members = np.stack([generator.permutation(count)[:self.batch] for _ in range(self.pool)])
        self.fresh = slopes[self.members].mean(1)
        self.plain = summary(self.fresh, self.fresh, self.batch)
        self.anchor = {}

    def solved(self, rho, diagonal, live, chosen):
        """A^-1 g of minibatches, each under the Fisher of the examples that it does not hold."""
        result = np.zeros((len(chosen), live.sum()))
        left = (len(self.images) - self.batch) * self.example_rows
        for place, index in enumerate(chosen):
            own = self.each[self.members[index]].reshape(-1, self.width)
            fisher = (self.total - own.T @ own)[np.ix_(live, live)] / left
            result[place] = np.linalg.solve((1 - rho) * fisher + rho * np.diag(diagonal), self.fresh[index, live])
        return result

    def truth(self, rho, diagonal, live):
        # Each file's D differs little: the ratio to a common D is known from few minibatches, that D's own value from all.
        key = round(rho, 2)
        everyone, few = np.arange(self.pool), np.arange(40)
        common = np.diag(self.total) / (len(self.images) * self.example_rows)
        alive = common > 0
        if key not in self.anchor:
            self.anchor[key] = (summary(self.fresh[:, alive], self.solved(key, common[alive], alive, everyone), self.batch),
                                summary(self.fresh[few][:, alive], self.solved(key, common[alive], alive, few), self.batch))
        whole, part = self.anchor[key]
        own = summary(self.fresh[few][:, live], self.solved(rho, diagonal, live, few), self.batch)
        result = {k: whole[k] * own[k] / part[k] for k in whole}
        return {**{f"kl.estimate.{k}": v for k, v in result.items()},
                **{f"euclidean.{k}": self.plain[k] for k in ("regret", "cosine", "norm", "noise_scale")}}


def all_populations():
    """Each with the numbers of minibatches and of factor rows that a minibatch gets."""
    def make(population, *arguments, **options):
        return lambda: population(*arguments[:1], np.random.default_rng(7), *arguments[1:], **options)

    sizes = [(8, 64), (24, 32), (64, 32)]
    return [
        (make(Rows, "gaussian"), sizes),
        (make(Rows, "t"), sizes),
        (make(Rows, "low rank"), sizes),
        (make(Network, "classifier, early", 60), sizes),
        (make(Network, "classifier, middle", 500), sizes),
        (make(Network, "classifier, late", 4_000), sizes),
        (make(Network, "classifier, interpolating", 6_000, separation=2.5), sizes),
        (make(Network, "classifier, middle, sampled", 500, kind="sampled"), [(8, 32), (24, 32), (64, 16)]),
        (make(Network, "classifier, middle, empirical", 500, kind="empirical"), [(24, 16), (64, 16)]),
        (make(Convolution, "convolution", 1_500), sizes),
        (make(Regression, "regression", 1_500), sizes),
        (make(Digits, "digits, early", 100), [(24, 160), (48, 160)]),
        (make(Digits, "digits, middle", 600), [(24, 160), (48, 160)]),
        (make(Digits, "digits, late", 3_000), [(24, 160), (48, 160)]),
    ]
