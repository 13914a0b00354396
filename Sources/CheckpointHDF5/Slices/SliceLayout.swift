internal import Checkpoint
internal import HDF5
internal import Landscape

/// Makes the groups, datasets, dimension scales and attributes of a slice file, version 1.
struct SliceLayout {
  private let slice: Slice
  private let directions: [Direction]

  init(_ slice: Slice, _ directions: [Direction]) {
    self.slice = slice
    self.directions = directions
  }

  /// Makes everything in `file`.
  func lay(in file: borrowing File) throws(HDF5Error) {
    let root = try file.root()
    try describe(root)
    let surface = slice.surface
    let minibatch = try root.createScale("minibatch", count: surface.minibatchCount)
    let first = try root.createScale("first", places: surface.grid.first.places)
    try layLosses(in: root, minibatch: minibatch, first: first)
    let group = try root.createGroup("minibatches")
    let size = try group.createDataset("size", .int64, extents: [surface.minibatchCount])
    try size.write(surface.batchSizes.map(Int64.init))
    try size.attach(minibatch, axis: 0, label: "minibatch")
    try size.addAttribute("long_name", "examples in each minibatch")
    if let groups = slice.groups {
      try group.add("group", groups.ids, along: "minibatch", minibatch, "row of /groups/name of each minibatch")
      try root.add(groups)
    }
    try layDirections(in: root)
  }

  private func describe(_ root: borrowing Group) throws(HDF5Error) {
    try root.addAttribute("format", Slice.format)
    try root.addAttribute("format_version", Slice.supportedVersion)
    try root.addAttribute("creator", slice.creator)
    try root.addAttribute("created", slice.created)
    try root.addAttribute("name", slice.name)
    try root.addAttribute("run", slice.origin.run)
    try root.addAttribute("step", slice.origin.step)
    try root.addAttribute("checkpoint", slice.origin.file)
    try root.addAttribute("checkpoint_checksum", slice.origin.checksum)
  }

  private func layLosses(
    in root: borrowing Group, minibatch: borrowing Dataset, first: borrowing Dataset
  ) throws(HDF5Error) {
    let surface = slice.surface
    let extents = slice.surface.grid.axes.reversed().map(\.count)
    let loss = try root.createDataset("loss", .float64, extents: [surface.minibatchCount] + extents)
    try loss.write(surface.minibatchLosses.flatMap { $0 })
    try loss.attach(minibatch, axis: 0, label: "minibatch")
    try loss.addAttribute("units", "nat")
    try loss.addAttribute("long_name", "mean loss of each minibatch")
    let mean = try root.createDataset("mean_loss", .float64, extents: extents)
    try mean.write(surface.meanLoss)
    try mean.addAttribute("units", "nat")
    try mean.addAttribute("long_name", "mean loss over all examples")
    if let axis = surface.grid.second {
      let second = try root.createScale("second", places: axis.places)
      try loss.attach(second, axis: 1, label: "second")
      try mean.attach(second, axis: 0, label: "second")
    }
    try loss.attach(first, axis: extents.count, label: "first")
    try mean.attach(first, axis: extents.count - 1, label: "first")
  }

  private func layDirections(in root: borrowing Group) throws(HDF5Error) {
    let direction = try root.createScale("direction", count: directions.count)
    let coordinate = try root.createScale("coordinate", count: directions[0].values.count)
    let group = try root.createGroup("directions")
    let values = try group.createDataset(
      "values", .float32, extents: [directions.count, directions[0].values.count])
    try values.write(
      directions.flatMap(\.values).flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }, as: .float32
    )
    try values.attach(direction, axis: 0, label: "direction")
    try values.attach(coordinate, axis: 1, label: "coordinate")
    try values.addAttribute("long_name", "directions of the axes")
    for (name, texts) in [
      ("name", directions.map(\.name)), ("origin", directions.map(\.origin.rawValue)),
      ("scale", directions.map(\.scale.rawValue)),
    ] {
      let width = max(1, texts.map(\.utf8.count).max() ?? 1)
      let dataset = try group.createDataset(name, .text(byteCount: width), extents: [texts.count])
      try dataset.write(
        texts.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) },
        as: .text(byteCount: width))
      try dataset.attach(direction, axis: 0, label: "direction")
    }
    let norm = try group.createDataset("norm", .float64, extents: [directions.count])
    try norm.write(directions.map(\.norm))
    try norm.attach(direction, axis: 0, label: "direction")
    try norm.addAttribute("long_name", "Euclidean norm of each direction")
    let seed = try group.createDataset("seed", .int64, extents: [directions.count])
    try seed.write(directions.map { $0.seed.map { Int64($0) } ?? -1 })
    try seed.attach(direction, axis: 0, label: "direction")
    try seed.addAttribute("long_name", "seed of a random direction, -1: none")
  }
}

extension Handle where Kind == GroupKind {
  /// Makes the dimension scale `name` that stores its places α.
  fileprivate func createScale(_ name: String, places: [Double]) throws(HDF5Error) -> Dataset {
    let scale = try createDataset(name, .float64, extents: [places.count])
    try scale.write(places)
    try scale.becomeScale(name)
    try scale.addAttribute("units", "1")
    try scale.addAttribute("long_name", "multiples of the \(name) direction")
    return scale
  }
}
