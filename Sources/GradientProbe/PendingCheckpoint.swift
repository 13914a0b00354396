internal import Checkpoint
internal import CheckpointHDF5

/// A checkpoint whose rows are on their way to the writer.
///
/// Rows of known number go straight to their place. Otherwise they are spooled, and the header follows when it is known.
final class PendingCheckpoint {
  /// What is known beforehand; where rows are spooled their numbers are put in at the end.
  var header: CheckpointHeader
  private let directory: String
  private let isSpooled: Bool
  private let queue: WriterQueue
  private var hasBegun = false
  private var parameters: [Float]?
  private var losses: [Double] = []
  private var batchSizes: [Int] = []
  private var steps: [Int] = []
  /// The name of each minibatch's group, as far as they have one.
  private(set) var groups: [String?] = []
  private var batchHashes: [UInt64?] = []
  private var kept = KeptRows()
  /// Of a sketch.
  private var squares = CheckpointSquares()

  init(_ header: CheckpointHeader, directory: String, isSpooled: Bool, queue: WriterQueue) {
    self.header = header
    self.directory = directory
    self.isSpooled = isSpooled
    self.queue = queue
  }

  private var path: String { RunDirectory.file(of: header.step, in: directory) }

  /// Minibatches so far.
  var minibatchCount: Int { losses.count }

  /// θ, before any other row.
  func add(parameters: consuming [Float]) {
    header.hasParameters = true
    if isSpooled {
      send(parameters, index: 0, .parameters)
    } else {
      self.parameters = parameters
    }
  }

  /// The gradient of the next minibatch, `number` in the capture.
  func add(
    gradient: consuming CapturedRow, number: Int, loss: Double, batchSize: Int, batchHash: UInt64?, step: Int? = nil,
    group: String? = nil
  ) {
    if !isSpooled, !hasBegun {
      hasBegun = true
      queue.add(.begin(header, path: path, time: monotonicSeconds()))
      if let parameters = parameters.take() { send(parameters, index: 0, .parameters) }
    }
    if let own = gradient.squares { squares.gradients.append(own) }
    if let raw = gradient.raw { send(raw, index: losses.count, .sketchedGradients) }
    send(gradient.numbers, index: losses.count, .gradients)
    kept.minibatches.append(number)
    losses.append(loss)
    batchSizes.append(batchSize)
    batchHashes.append(batchHash)
    if let step { steps.append(step) }
    groups.append(group)
  }

  /// The next factor row, `number` of its kind among those of the minibatch added last.
  func add(factor: consuming CapturedRow, _ kind: FisherKind, number: Int) {
    if let own = factor.squares { squares.factors[kind, default: SketchSquares()].append(own) }
    send(factor.numbers, index: kept.factors[kind]?.count ?? 0, .factors(kind))
    kept.factors[kind, default: []].append(.init(minibatch: kept.minibatches.last!, number: number))
  }

  /// All rows are there.
  func finish() {
    let squares = header.sketch == nil ? nil : squares
    guard isSpooled else { return queue.add(.finish(losses: losses, squares, time: monotonicSeconds())) }
    header.batchSizes = batchSizes
    header.batchHashes = batchHashes.allKnown
    header.minibatchSteps = steps.isEmpty ? nil : steps
    let names = groups.compactMap(\.self)
    header.groups = names.isEmpty ? nil : MinibatchGroups(names)
    header.factors = kept.factorHeaders
    queue.add(.finishSpooled(header, path: path, losses: losses, squares, kept, time: monotonicSeconds()))
  }

  /// The checkpoint is given up.
  func abandon() {
    if let parameters = parameters.take() { queue.giveBack(parameters) }
    queue.add(.abandon(path: path))
  }

  private func send(_ row: consuming [Float], index: Int, _ block: RowBlock) {
    queue.add(
      isSpooled
        ? .spool(row, block, header.elementType, directory: directory)
        : .row(row, index: index, block))
  }
}

extension [UInt64?] {
  /// The hashes if every minibatch has one: a few would not tell whether checkpoints are of the same minibatches.
  var allKnown: [UInt64]? {
    let known = compactMap(\.self)
    return known.count == count ? known : nil
  }
}
