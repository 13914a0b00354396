internal import Checkpoint
internal import HDF5

extension GuardedFile {
  /// What the file says about itself, not yet checked against the file's size.
  func describe() throws(CheckpointError) -> CheckpointDescription {
    guard let root = try group("/") else { throw CheckpointError(file: path, cause: .missing("/")) }
    let attributes = GuardedAttributes(file: path)
    guard let format = try attributes.text("format", of: root) else { throw attributes.missing("format") }
    guard format == "gradient-probe" else { throw CheckpointError(file: path, cause: .notCheckpoint(format: format)) }
    guard let version = try attributes.integer("format_version", of: root) else {
      throw attributes.missing("format_version")
    }
    guard version <= CheckpointDescription.supportedVersion else {
      throw CheckpointError(file: path, cause: .newerVersion(version))
    }
    guard version > 0 else { throw invalid("attribute format_version", "\(version) was never in use") }

    let isSketch = version == 2 && objects["/sketch"] != nil
    let isIndex = version == 2 && (!isSketch || objects["/shards"] != nil)
    try checkPresence(in: root, isIndex: isIndex)
    try checkValues(
      of: Self.wholeDatasets + (isIndex ? Self.shardDatasets : []) + (isSketch ? Self.sketchDatasets : []),
      limit: ReadingLimits.values)
    let sampling = try choice("sampling", of: root, Sampling.self)
    let likelihood = try choice("likelihood", of: root, LikelihoodKind.self)
    guard let run = try attributes.text("run", of: root) else { throw attributes.missing("run") }
    guard let sequence = try attributes.integer("sequence", of: root) else { throw attributes.missing("sequence") }
    guard let step = try attributes.integer("step", of: root) else { throw attributes.missing("step") }
    let tensors = try tensors()
    let losses = try required("/minibatches/loss").numbers()
    // What is in shards, they tell in full.
    let sketch = try isSketch ? sketchHeader() : nil
    let stored =
      try isIndex
      ? shardedGradients(rowCount: losses.count, columns: sketch?.widths ?? tensors.map(\.count))
      : matrix("/gradients", rank: 2)
    guard let gradients = stored else { throw missing("/gradients") }

    var description = CheckpointDescription(
      creator: try attributes.text("creator", of: root) ?? "", created: try attributes.text("created", of: root) ?? "",
      run: run, sequence: sequence, step: step, sampling: sampling, likelihood: likelihood, gradients: gradients,
      losses: losses, batchSizes: try required("/minibatches/size").integers(),
      minibatchSteps: try dataset("/minibatches/step")?.integers(),
      factors: try isIndex ? shardedFactors(columnCount: gradients.columnCount) : factors(), tensors: tensors,
      parameters: isIndex ? nil : try matrix("/parameters", rank: 1), metrics: try metrics(),
      unknownFisherKinds: unknownFisherKinds, isPartial: try isPartial(root),
      groups: try groups(), configuration: try configuration(root), batchHashes: try batchHashes(),
      shards: isIndex ? try shards() : nil)
    if let sketch { description.sketch = try self.sketch(sketch, of: description) }
    for matrix in description.matrices {
      if let chunks = try unwrittenChunks(of: matrix) { description.unwrittenChunks.append(chunks) }
    }
    return description
  }

  /// The attribute `partial`.
  private func isPartial(_ root: borrowing Group) throws(CheckpointError) -> Bool {
    switch try GuardedAttributes(file: path).integer("partial", of: root) {
    case nil, 0: return false
    case 1: return true
    case let value?: throw invalid("attribute partial", "it is \(value), not 0 or 1")
    }
  }

  /// Kinds of factors that some other program knows; reports say that they were passed over.
  private var unknownFisherKinds: [String] {
    let known = Set(FisherKind.allCases.filter(\.isStored).map(\.rawValue))
    return objects.keys.compactMap { path -> String? in
      let parts = path.split(separator: "/")
      guard parts.count == 3, parts[0] == "fisher", parts[2] == "factors" else { return nil }
      return known.contains(String(parts[1])) ? nil : String(parts[1])
    }.sorted().prefix(8).map { $0 }
  }

  /// The datasets that are read as a whole.
  private static var wholeDatasets: [String] {
    ["loss", "size", "step", "group", "hash"].map { "/minibatches/" + $0 }
      + ["name", "offset", "count", "shape"].map { "/tensors/" + $0 } + ["/groups/name"]
      + FisherKind.allCases.filter(\.isStored).map { "/fisher/\($0.rawValue)/minibatch" }
  }

  func missing(_ object: String) -> CheckpointError { CheckpointError(file: path, cause: .missing(object)) }

  /// Throws an error that names everything that is missing, so that whoever writes such files learns it at once.
  private func checkPresence(in root: borrowing Group, isIndex: Bool) throws(CheckpointError) {
    var missing: [String] = []
    for name in ["run", "sequence", "step", "sampling", "likelihood"] {
      let isThere = try hdf5(path) { () throws(HDF5Error) in try root.attribute(name) != nil }
      if !isThere { missing.append("attribute \(name)") }
    }
    var datasets = [
      "/minibatches/loss", "/minibatches/size", "/tensors/name", "/tensors/offset", "/tensors/count",
      "/tensors/shape",
    ]
    if isIndex { datasets += Self.shardDatasets + ["/checksums"] } else { datasets.insert("/gradients", at: 0) }
    missing += datasets.filter { objects[$0] == nil }
    if !missing.isEmpty { throw self.missing(missing.joined(separator: ", ")) }
  }

  /// Opens the dataset at `name`; throws where there is none.
  func required(_ name: String) throws(CheckpointError) -> GuardedDataset {
    guard let dataset = try dataset(name) else { throw missing(name) }
    return dataset
  }

  /// A text attribute that is one of a closed choice.
  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of root: borrowing Group, _ type: Choice.Type
  ) throws(CheckpointError) -> Choice {
    let attributes = GuardedAttributes(file: path)
    guard let text = try attributes.text(name, of: root) else { throw attributes.missing(name) }
    guard let value = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw invalid("attribute \(name)", "\"\(text)\" is none of \(known)")
    }
    return value
  }

  /// The groups of minibatches, not checked.
  func groups() throws(CheckpointError) -> MinibatchGroups? {
    let (ids, names) = (try dataset("/minibatches/group")?.integers(), try dataset("/groups/name")?.texts())
    switch (ids, names) {
    case (nil, nil): return nil
    case (let ids?, let names?): return MinibatchGroups(names: names, ids: ids)
    case (_?, nil): throw invalid("/minibatches/group", "/groups/name is missing, which says what they are")
    case (nil, _?): throw invalid("/groups/name", "/minibatches/group is missing, which says whose they are")
    }
  }

  /// The hashes of the minibatches. Before the format had them a file could have a dataset of that name for purposes of
  /// its own: it is passed over, as a configuration is.
  private func batchHashes() throws(CheckpointError) -> [UInt64]? {
    guard let dataset = try dataset("/minibatches/hash") else { return nil }
    let count = try required("/minibatches/size").extents
    do {
      return try dataset.unsignedIntegers(extents: count)
    } catch {
      if case .invalid = error.cause, try self.dataset("/checksums/hashes") == nil { return nil }
      throw error
    }
  }

  private func factors() throws(CheckpointError) -> [StoredFactors] {
    var all: [StoredFactors] = []
    for kind in FisherKind.allCases where kind.isStored {
      let group = "/fisher/\(kind.rawValue)"
      guard let matrix = try matrix(group + "/factors", rank: 2) else { continue }
      let minibatches = try dataset(group + "/minibatch")?.integers()
      all.append(StoredFactors(kind: kind, matrix: matrix, minibatches: minibatches))
    }
    return all
  }

  private func tensors() throws(CheckpointError) -> [TensorColumns] {
    let names = try required("/tensors/name").texts()
    let offsets = try required("/tensors/offset").integers()
    let counts = try required("/tensors/count").integers()
    let shape = try required("/tensors/shape")
    let extents = try shape.integers(rank: 2)
    for (name, count) in [("offset", offsets.count), ("count", counts.count), ("shape", shape.extents[0])]
    where count != names.count {
      throw invalid("/tensors/\(name)", "\(count) values for \(names.count) names")
    }
    let rank = shape.extents[1]
    return names.indices.map { index in
      var shape = Array(extents[(index * rank)..<((index + 1) * rank)])
      while shape.last == 0 { shape.removeLast() }
      return TensorColumns(name: names[index], shape: shape, offset: offsets[index], count: counts[index])
    }
  }

  /// What the run is called and its settings. Before the format had them a file could have such an attribute or group for
  /// purposes of its own: what is not of their form is passed over, unless the file has their checksum.
  private func configuration(_ root: borrowing Group) throws(CheckpointError) -> RunConfiguration {
    do {
      return try wellFormedConfiguration(root)
    } catch {
      switch error.cause {
      case .invalid, .refused:
        if try dataset("/checksums/configuration") == nil { return RunConfiguration() }
      default: break
      }
      throw error
    }
  }

  private func wellFormedConfiguration(_ root: borrowing Group) throws(CheckpointError) -> RunConfiguration {
    var configuration = RunConfiguration()
    if let name = try GuardedAttributes(file: path).text("name", of: root), !name.isEmpty { configuration.name = name }
    if let group = try group("/configuration") {
      configuration.values = try GuardedAttributes(file: path, object: "/configuration").values(of: group)
    }
    return configuration
  }

  private func metrics() throws(CheckpointError) -> [String: Double] {
    guard let group = try group("/metrics") else { return [:] }
    return try GuardedAttributes(file: path, object: "/metrics").numbers(of: group)
  }
}
