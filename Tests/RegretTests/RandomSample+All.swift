internal import Checkpoint

extension RandomSample {
  static let all = [
    RandomSample(name: "two minibatches", sizes: [4, 4], tensors: [3, 4], ids: even(2, 3) + [-1, -1]),
    RandomSample(name: "two minibatches alone", seed: 2, sizes: [4, 4], tensors: [3, 2], ids: even(2, 3)),
    RandomSample(name: "three, M < P", seed: 3, sizes: [5, 2, 9], tensors: [4, 5], ids: even(3, 2)),
    RandomSample(name: "four, M > P", seed: 4, sizes: [3, 3, 3, 3], tensors: [2, 3], ids: even(4, 3)),
    RandomSample(
      name: "five, irregular", seed: 5, sizes: [4, 8, 16, 5, 7], tensors: [3, 0, 4, 1], ids: even(5, 2),
      storage: .float32, zeroGradients: [3], deadColumns: [1, 5]),
    RandomSample(
      name: "seven, rows of other data", seed: 6, sizes: [4, 8, 16, 5, 7, 1, 2], tensors: [5, 4],
      ids: even(7, 1) + [-1, -1, -1], storage: .float32),
    RandomSample(name: "no ids", seed: 7, sizes: [4, 4, 4, 4], tensors: [6], ids: even(4, 2), storesIDs: false),
    RandomSample(
      name: "minibatches without rows", seed: 8, sizes: [4, 4, 4, 6, 4], tensors: [5, 2], ids: [1, 1, 3, 3, 3, 4, -1]),
    RandomSample(name: "one row", seed: 9, sizes: [4, 4, 4], tensors: [2, 3], ids: [-1], spread: 0),
    RandomSample(name: "one row of a minibatch", seed: 10, sizes: [4, 4, 4], tensors: [4], ids: [1]),
    RandomSample(
      name: "repeated rows", seed: 11, sizes: [4, 4, 4, 4, 4, 4], tensors: [3, 3], ids: even(6, 2),
      repeats: [1, 2, 5, 6, 7, 8, 9, 10]),
    RandomSample(name: "one group", seed: 12, sizes: [4, 4, 4, 4], tensors: [5], ids: [2, 2, 2, 2, 2, 2]),
    RandomSample(
      name: "other data alone", seed: 13, sizes: [4, 4, 4, 4, 9], tensors: [5, 1], ids: even(1, 7).map { _ in -1 }),
    RandomSample(name: "one parameter", seed: 14, sizes: [4, 4, 4, 4, 4], tensors: [1], ids: even(5, 2)),
    RandomSample(
      name: "one gradient left", seed: 15, sizes: [4, 4, 4], tensors: [3, 1], ids: even(3, 2), zeroGradients: [0, 2]),
    RandomSample(
      name: "no gradient left", seed: 16, sizes: [4, 4, 4], tensors: [3, 1], ids: even(3, 2), zeroGradients: [0, 1, 2]),
    RandomSample(
      name: "nothing live", seed: 17, sizes: [4, 4, 4], tensors: [2, 1], ids: even(3, 2), deadColumns: [0, 1, 2]),
    RandomSample(
      name: "gradients of no length", seed: 18, sizes: [4, 4, 4, 4, 4], tensors: [4, 3], ids: even(5, 2),
      storage: .float32, deadColumns: [2, 6], deadGradients: [1, 4]),
    RandomSample(
      name: "tensors of their own", seed: 19, sizes: [4, 4, 4, 4, 4], tensors: [2, 2, 2], ids: even(5, 2),
      zeroGradients: [], deadColumns: [2, 3], emptyColumns: [0, 1]),
    RandomSample(
      name: "uneven groups", seed: 20, sizes: [1, 2, 3, 4, 5, 6], tensors: [5, 3],
      ids: [0, 1, 1, 2, 2, 2, 3, 4, 4, 5, 5, 5, 5, -1], storage: .float32),
    RandomSample(
      name: "ids out of order", seed: 21, sizes: [2, 2, 2, 2, 2], tensors: [4, 2],
      ids: [4, 0, 2, -1, 2, 1, 0, 3, 3, 1, 4]),
    RandomSample(
      name: "scales far apart", seed: 22, sizes: [4, 4, 4, 4, 4], tensors: [4, 4], ids: even(5, 3), storage: .float32,
      spread: 6),
    RandomSample(
      name: "half precision", seed: 23, sizes: [4, 4, 4, 4, 4], tensors: [4, 3], ids: even(5, 2), storage: .float16),
    RandomSample(
      name: "brain half precision", seed: 24, sizes: [4, 4, 4, 4, 4], tensors: [4, 3], ids: even(5, 2),
      storage: .bfloat16),
  ]
}
