internal import CHDF5

extension Group {
  /// Makes the dimension scale `name` of `count` places. It stores nothing: netCDF-4's wording tells its readers that
  /// this is a dimension without a variable. (H5DSset_scale)
  public func createScale(_ name: String, count: Int) throws(HDF5Error) -> Dataset {
    let scale = try createDataset(name, .int64, extents: [count], storage: .whenWritten)
    let id = scale.id
    let digits = String(count)
    let padding = String(repeating: " ", count: max(0, 10 - digits.utf8.count))
    let label = "This is a netCDF dimension but not a netCDF variable." + padding + digits
    try call("H5DSset_scale") { H5DSset_scale(id, label) }
    return scale
  }
}

extension Dataset {
  /// Makes this dataset the dimension scale `name`, whose places are its numbers. (H5DSset_scale)
  public func becomeScale(_ name: String) throws(HDF5Error) {
    let id = id
    try call("H5DSset_scale") { H5DSset_scale(id, name) }
  }

  /// Puts `scale` along axis number `axis`, which is called `label`. (H5DSattach_scale, H5DSset_label)
  public func attach(_ scale: borrowing Dataset, axis: Int, label: String) throws(HDF5Error) {
    let (id, scaleID) = (id, scale.id)
    try call("H5DSattach_scale") { H5DSattach_scale(id, scaleID, UInt32(axis)) }
    try call("H5DSset_label") { H5DSset_label(id, UInt32(axis), label) }
  }
}
