internal import Checkpoint
internal import HDF5
internal import Landscape

extension GuardedFile {
  /// The slice that the file holds, all but its directions' numbers.
  func slice() throws(CheckpointError) -> Slice {
    guard let root = try group("/") else { throw missing("/") }
    let attributes = GuardedAttributes(file: path)
    func text(_ name: String) throws(CheckpointError) -> String {
      guard let text = try attributes.text(name, of: root) else { throw attributes.missing(name) }
      return text
    }
    func integer(_ name: String) throws(CheckpointError) -> Int {
      guard let value = try attributes.integer(name, of: root) else { throw attributes.missing(name) }
      return value
    }
    let format = try text("format")
    guard format == Slice.format else { throw invalid("attribute format", "\"\(format)\" is not \"\(Slice.format)\"") }
    let version = try integer("format_version")
    guard version <= Slice.supportedVersion else { throw CheckpointError(file: path, cause: .newerVersion(version)) }
    guard version > 0 else { throw invalid("attribute format_version", "\(version) was never in use") }

    let names = ["name", "origin", "scale", "seed", "norm"].map { "/directions/" + $0 }
    try checkValues(
      of: ["/first", "/second", "/minibatches/size", "/minibatches/group", "/groups/name", "/loss"] + names,
      limit: ReadingLimits.sliceValues)
    let directions = try directions()
    let grid = SliceGrid(try axis("/first"), objects["/second"] == nil ? nil : try axis("/second"))
    guard directions.count == grid.axes.count else {
      throw invalid("/directions", "\(directions.count) directions for \(grid.axes.count) axes")
    }
    try checkCompanions(of: grid)
    let step = try integer("step")
    guard step >= 0 else { throw invalid("attribute step", "\(step) is negative") }
    return Slice(
      creator: try attributes.text("creator", of: root) ?? "", created: try attributes.text("created", of: root) ?? "",
      name: try text("name"),
      origin: CheckpointReference(
        run: try text("run"), step: step, file: try text("checkpoint"),
        checksum: try attributes.text("checkpoint_checksum", of: root) ?? ""),
      directions: directions, surface: try surface(grid, axisNames: directions.map(\.name)),
      groups: try groups())
  }

  /// Throws where what may be left out is there and is not what the format says. None of it is read.
  private func checkCompanions(of grid: SliceGrid) throws(CheckpointError) {
    if let mean = try dataset("/mean_loss") {
      let extents = Array(grid.axes.reversed().map(\.count))
      guard mean.extents == extents else { throw invalid("/mean_loss", "extents \(mean.extents), not \(extents)") }
    }
    if let values = try matrix("/directions/values", rank: 2), values.rowCount != grid.axes.count {
      throw invalid("/directions/values", "\(values.rowCount) rows for \(grid.axes.count) axes")
    }
  }

  private func axis(_ name: String) throws(CheckpointError) -> GridAxis {
    let places = try required(name).numbers()
    guard let axis = GridAxis(places) else {
      throw invalid(name, "an axis needs two places or more, rising and evenly spaced")
    }
    return axis
  }

  private func surface(_ grid: SliceGrid, axisNames: [String]) throws(CheckpointError) -> LossSurface {
    let sizes = try required("/minibatches/size").integers()
    guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 && $0 < 1 << 40 }) else {
      throw invalid("/minibatches/size", "there are no minibatches, or sizes out of range")
    }
    let extents = [sizes.count] + grid.axes.reversed().map(\.count)
    let loss = try required("/loss")
    guard loss.extents == extents else { throw invalid("/loss", "extents \(loss.extents), not \(extents)") }
    let losses = try loss.numbers(rank: extents.count)
    let count = grid.pointCount
    return LossSurface(
      grid: grid, axisNames: axisNames, batchSizes: sizes,
      minibatchLosses: sizes.indices.map { Array(losses[($0 * count)..<(($0 + 1) * count)]) })
  }

  private func directions() throws(CheckpointError) -> [DirectionSummary] {
    let names = try required("/directions/name").texts()
    let origins = try required("/directions/origin").texts()
    let scales = try required("/directions/scale").texts()
    let seeds = try required("/directions/seed").integers()
    let norms = try required("/directions/norm").numbers()
    guard [origins.count, scales.count, seeds.count, norms.count].allSatisfy({ $0 == names.count }) else {
      throw invalid("/directions", "its datasets differ in length")
    }
    var directions: [DirectionSummary] = []
    for index in names.indices {
      guard let origin = DirectionOrigin(rawValue: origins[index]) else {
        throw invalid("/directions/origin", "\"\(origins[index])\" is not known")
      }
      guard let scale = DirectionScale(rawValue: scales[index]) else {
        throw invalid("/directions/scale", "\"\(scales[index])\" is not known")
      }
      guard norms[index].isFinite, norms[index] >= 0 else {
        throw invalid("/directions/norm", "\(norms[index]) is no length")
      }
      directions.append(
        DirectionSummary(
          name: names[index], origin: origin, scale: scale, seed: seeds[index] < 0 ? nil : UInt64(seeds[index]),
          norm: norms[index]))
    }
    return directions
  }
}
