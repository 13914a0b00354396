/// How to read the figures that come in two forms.
enum Captions {
  static let contrast =
    "How much sharper the Fisher of a single minibatch is than that of all: its largest eigenvalue, its Frobenius norm, "
    + "and both again in coordinates where every parameter has the same scale. Sampling alone makes the ratios larger "
    + "than 1 (the fewer rows a minibatch, the more), so compare only at equal rows a minibatch. The log-volume gap is "
    + "the same idea over all directions; it is 0 where all minibatches agree."
}
