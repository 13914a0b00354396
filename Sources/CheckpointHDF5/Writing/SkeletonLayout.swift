internal import Checkpoint
internal import Checksum
internal import HDF5

/// Makes the groups, datasets, dimension scales and attributes of a checkpoint file, of an index or of a shard.
struct SkeletonLayout {
  private let header: CheckpointHeader
  private(set) var places: [RowBlock: BlockPlace] = [:]
  /// Where numbers go that are known when all rows are, by the path of their dataset.
  private(set) var numberOffsets: [String: Int] = [:]
  /// Where the checksums of each block go, row-major.
  private(set) var checksumOffsets: [RowBlock: Int] = [:]
  /// Where the checksum of the description goes.
  private(set) var descriptionChecksumOffset: Int?

  init(_ header: CheckpointHeader) { self.header = header }

  /// Makes everything in `file`.
  mutating func lay(in file: borrowing File) throws(HDF5Error) {
    let root = try file.root()
    try describe(root)
    let minibatch = try root.createScale("minibatch", count: header.minibatchCount)
    let coordinate = try root.createScale(columnLabel, count: header.columnCount)

    if hasMatrices {
      let gradients = try place(
        .gradients, "gradients", in: root, rowCount: header.minibatchCount, rows: minibatch, columns: coordinate)
      try gradients.label(units: "nat", "gradient of the mean loss of each minibatch")
    }
    if header.isShard {
      try layFactors(in: root, columns: coordinate)
      if header.sketch != nil {
        try layGradients(ofSketch: root.createGroup("sketch"), minibatch: minibatch, columns: coordinate)
      }
      if header.hasParameters { try layParameters(in: root, scale: coordinate) }
      return try layChecksums(in: root, minibatch: minibatch)
    }
    try layMinibatches(in: root, scale: minibatch)
    if let groups = header.groups { try root.add(groups) }
    try layFactors(in: root, columns: coordinate)
    let tensor = try layTensors(in: root)
    if let sketch = header.sketch { try lay(sketch, in: root, minibatch: minibatch, columns: coordinate, tensor) }
    if case .index(let shards) = header.part { try lay(shards, in: root) }
    if header.hasParameters, hasMatrices { try layParameters(in: root, scale: coordinate) }
    if !header.metrics.isEmpty {
      let metrics = try root.createGroup("metrics")
      for (name, value) in header.metrics.sorted(by: { $0.key < $1.key }) { try metrics.addAttribute(name, value) }
    }
    if !header.configuration.values.isEmpty { try root.add(header.configuration.values) }
    try layChecksums(in: root, minibatch: minibatch)
  }

  /// Whether the file holds matrices: an index does not.
  private var hasMatrices: Bool {
    if case .index = header.part { false } else { true }
  }

  private func describe(_ root: borrowing Group) throws(HDF5Error) {
    if case .shard(let number, let count, _) = header.part {
      try root.addAttribute("format", GuardedFile.shardFormat)
      try root.addAttribute("format_version", 2)
      try root.addAttribute("run", header.run)
      try root.addAttribute("step", header.step)
      try root.addAttribute("shard", number)
      try root.addAttribute("shards", count)
      try root.addAttribute("checksums", TileChecksums.algorithm)
      return
    }
    try root.addAttribute("format", "gradient-probe")
    try root.addAttribute("format_version", hasMatrices && header.sketch == nil ? 1 : 2)
    try root.addAttribute("creator", header.creator)
    try root.addAttribute("created", header.created)
    try root.addAttribute("run", header.run)
    try root.addAttribute("sequence", header.sequence)
    try root.addAttribute("step", header.step)
    try root.addAttribute("sampling", header.sampling.rawValue)
    try root.addAttribute("likelihood", header.likelihood.rawValue)
    try root.addAttribute("checksums", TileChecksums.algorithm)
    if let name = header.configuration.name { try root.addAttribute("name", name) }
    if header.isPartial { try root.addAttribute("partial", 1) }
  }

  private mutating func layMinibatches(in root: borrowing Group, scale: borrowing Dataset) throws(HDF5Error) {
    let group = try root.createGroup("minibatches")
    let loss = try group.createDataset("loss", .float64, extents: [header.minibatchCount])
    try loss.attach(scale, axis: 0, label: "minibatch")
    try loss.label(units: "nat", "mean loss of each minibatch")
    numberOffsets[Skeleton.lossPath] = loss.offset
    try group.add("size", header.batchSizes, along: "minibatch", scale, "examples in each minibatch")
    if let steps = header.minibatchSteps {
      try group.add("step", steps, along: "minibatch", scale, "training step of each minibatch")
    }
    if let hashes = header.batchHashes {
      try group.add("hash", hashes, along: "minibatch", scale, "hash of the examples of each minibatch")
    }
    if let groups = header.groups {
      try group.add("group", groups.ids, along: "minibatch", scale, "row of /groups/name of each minibatch")
    }
  }

  private func lay(_ shards: [StoredShard], in root: borrowing Group) throws(HDF5Error) {
    let scale = try root.createScale("shard", count: shards.count)
    let group = try root.createGroup("shards")
    try group.add("file", shards.map(\.name), along: "shard", scale, "name of each shard's file")
    try group.add("offset", shards.map(\.offset), along: "shard", scale, "first coordinate of each shard")
    try group.add("count", shards.map(\.count), along: "shard", scale, "coordinates of each shard")
    try group.add("checksum", shards.map(\.checksum), along: "shard", scale, "checksum of each shard's description")
  }

  private mutating func layFactors(in root: borrowing Group, columns: borrowing Dataset) throws(HDF5Error) {
    guard !header.factors.isEmpty else { return }
    let fisher = try root.createGroup("fisher")
    for factors in header.factors { try lay(factors, in: fisher, columns: columns) }
  }

  private mutating func lay(
    _ factors: FactorHeader, in fisher: borrowing Group, columns: borrowing Dataset
  ) throws(HDF5Error) {
    let kind = factors.kind
    let group = try fisher.createGroup(kind.rawValue)
    let scale = try group.createScale("factor", count: factors.rowCount)
    if hasMatrices {
      let rows = try place(
        .factors(kind), "factors", in: group, rowCount: factors.rowCount, rows: scale, columns: columns)
      try rows.label(units: "nat^0.5", "rows S of the \(kind.rawValue) Fisher F = (1/M) transpose(S) S")
    }
    if header.sketch != nil, !header.isShard {
      try laySquares(in: group, of: kind, rowCount: factors.rowCount, along: "factor", scale)
    }
    if let minibatches = factors.minibatches, !header.isShard {
      try group.add(
        "minibatch", minibatches, along: "factor", scale, "row of /gradients of each factor, -1: other data")
    }
  }

  private mutating func layGradients(
    ofSketch group: borrowing Group, minibatch: borrowing Dataset, columns: borrowing Dataset
  ) throws(HDF5Error) {
    guard hasMatrices else { return }
    let gradients = try place(
      .sketchedGradients, "gradients", in: group, rowCount: header.minibatchCount, rows: minibatch, columns: columns)
    try gradients.label(units: "nat", "sketch of the gradients as they are")
  }

  private mutating func lay(
    _ sketch: SketchHeader, in root: borrowing Group, minibatch: borrowing Dataset, columns: borrowing Dataset,
    _ tensor: borrowing Dataset
  ) throws(HDF5Error) {
    let group = try root.createGroup("sketch")
    try group.addAttribute("kind", SketchHeader.kind)
    try group.addAttribute("hash", SketchHeader.hash)
    try group.addAttribute("seed", Int(bitPattern: UInt(sketch.seed)))
    try group.addAttribute("pilot", sketch.pilot)
    try group.addAttribute("pilot_kind", sketch.pilotKind.rawValue)
    try group.addAttribute("pilot_rows", sketch.pilotRowCount)
    try group.addAttribute("pilot_parameters", sketch.liveCount)
    try group.add("width", sketch.widths, along: "tensor", tensor, "columns of each tensor")
    try layGradients(ofSketch: group, minibatch: minibatch, columns: columns)
    try laySquares(in: group, of: nil, rowCount: header.minibatchCount, along: "minibatch", minibatch)
  }

  /// Makes the datasets of rows' squares.
  private mutating func laySquares(
    in group: borrowing Group, of kind: FisherKind?, rowCount: Int, along label: String, _ scale: borrowing Dataset
  ) throws(HDF5Error) {
    let meanings = [
      "squared length of each row", "squared length of each row divided by the root of D",
      "part of the squared length of each row where D is 0",
    ]
    for (name, meaning) in zip(SketchSquares.names, meanings) {
      let dataset = try group.createDataset(name, .float64, extents: [rowCount])
      try dataset.attach(scale, axis: 0, label: label)
      try dataset.label(units: name == "whitened_square" ? "1" : "nat^2", meaning)
      numberOffsets["\(StoredSketch.group(of: kind))/\(name)"] = dataset.offset
    }
  }

  /// What columns are.
  private var columnLabel: String { header.sketch == nil ? "coordinate" : "bucket" }

  private func layTensors(in root: borrowing Group) throws(HDF5Error) -> Dataset {
    let tensors = header.tensors
    let rank = max(1, tensors.map(\.shape.count).max() ?? 1)
    let tensor = try root.createScale("tensor", count: tensors.count)
    let axis = try root.createScale("axis", count: rank)
    let group = try root.createGroup("tensors")

    try group.add("name", tensors.map(\.name), along: "tensor", tensor, "name of each parameter tensor")
    try group.add("offset", tensors.map(\.offset), along: "tensor", tensor, "first coordinate of each tensor")
    try group.add("count", tensors.map(\.count), along: "tensor", tensor, "coordinates of each tensor")

    let shape = try group.createDataset("shape", .int64, extents: [tensors.count, rank])
    try shape.write(tensors.flatMap { ($0.shape + Array(repeating: 0, count: rank - $0.shape.count)).map(Int64.init) })
    try shape.attach(tensor, axis: 0, label: "tensor")
    try shape.attach(axis, axis: 1, label: "axis")
    try shape.label(units: "1", "extents of each tensor, padded with zeros")
    return tensor
  }

  private mutating func layParameters(in root: borrowing Group, scale: borrowing Dataset) throws(HDF5Error) {
    let count = header.columnCount
    let parameters = try root.createDataset("parameters", header.elementType.scalarType, extents: [count])
    try remember(parameters, as: .parameters, rowCount: 1)
    try parameters.attach(scale, axis: 0, label: "coordinate")
    try parameters.label(units: "1", "parameters")
  }

  private mutating func layChecksums(in root: borrowing Group, minibatch: borrowing Dataset) throws(HDF5Error) {
    let group = try root.createGroup("checksums")
    try group.addAttribute("algorithm", TileChecksums.algorithm)
    try group.addAttribute("tile_width", TileChecksums.tileWidth)
    if !header.isShard { try layDescriptionChecksums(in: group) }
    guard hasMatrices else { return }
    let tileCount = TileChecksums.tileCount(columnCount: header.columnCount)
    let tile = try group.createScale("tile", count: tileCount)
    let gradients = try group.createDataset("gradients", .uint64, extents: [header.minibatchCount, tileCount])
    try gradients.attach(minibatch, axis: 0, label: "minibatch")
    try gradients.attach(tile, axis: 1, label: "tile")
    checksumOffsets[.gradients] = gradients.offset
    if !header.factors.isEmpty {
      let fisher = try group.createGroup("fisher")
      for factors in header.factors {
        let kind = try fisher.createGroup(factors.kind.rawValue)
        let scale = try kind.createScale("factor", count: factors.rowCount)
        let rows = try kind.createDataset("factors", .uint64, extents: [factors.rowCount, tileCount])
        try rows.attach(scale, axis: 0, label: "factor")
        try rows.attach(tile, axis: 1, label: "tile")
        checksumOffsets[.factors(factors.kind)] = rows.offset
      }
    }
    if header.sketch != nil {
      let sketch = try group.createGroup("sketch")
      let gradients = try sketch.createDataset("gradients", .uint64, extents: [header.minibatchCount, tileCount])
      try gradients.attach(minibatch, axis: 0, label: "minibatch")
      try gradients.attach(tile, axis: 1, label: "tile")
      checksumOffsets[.sketchedGradients] = gradients.offset
    }
    if header.hasParameters {
      let parameters = try group.createDataset("parameters", .uint64, extents: [tileCount])
      try parameters.attach(tile, axis: 0, label: "tile")
      checksumOffsets[.parameters] = parameters.offset
    }
  }

  private mutating func layDescriptionChecksums(in group: borrowing Group) throws(HDF5Error) {
    let description = try group.createDataset("description", .uint64, extents: [])
    try description.label(units: nil, "checksum of attributes, extents, types and small datasets")
    descriptionChecksumOffset = description.offset
    if let groups = header.groups {
      try group.add("groups", groups.checksum, "checksum of the groups of minibatches")
    }
    if !header.configuration.isEmpty {
      try group.add("configuration", header.configuration.checksum, "checksum of the run's name and configuration")
    }
    if let checksum = header.description(at: nil).batchHashesChecksum {
      try group.add("hashes", checksum, "checksum of the minibatches' hashes")
    }
  }

  /// Makes a matrix of rows of P elements with named axes.
  private mutating func place(
    _ block: RowBlock, _ name: String, in group: borrowing Group, rowCount: Int, rows: borrowing Dataset,
    columns: borrowing Dataset
  ) throws(HDF5Error) -> Dataset {
    let matrix = try group.createDataset(
      name, header.elementType.scalarType, extents: [rowCount, header.columnCount])
    try remember(matrix, as: block, rowCount: rowCount)
    let rowLabel = if case .factors = block { "factor" } else { "minibatch" }
    try matrix.attach(rows, axis: 0, label: rowLabel)
    try matrix.attach(columns, axis: 1, label: columnLabel)
    return matrix
  }

  private mutating func remember(
    _ dataset: borrowing Dataset, as block: RowBlock, rowCount: Int
  ) throws(HDF5Error) {
    guard let offset = dataset.offset else { throw HDF5Error("\(block.path) has no place in the file") }
    places[block] = BlockPlace(
      offset: offset, rowCount: rowCount, columnCount: header.columnCount, elementType: header.elementType)
    if header.elementType == .bfloat16 { try dataset.addAttribute("encoding", "bfloat16") }
  }
}
