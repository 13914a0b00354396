public import Checkpoint

extension Slice {
  /// This slice, if its parts agree with each other: they may come from a process that is not believed.
  public func checked(file: String) throws(CheckpointError) -> Slice {
    func fail(_ object: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file, cause: .invalid(object: object, reason: reason))
    }
    let axes = surface.grid.axes
    guard axes.allSatisfy({ $0.count >= 2 && $0.lower < $0.upper && ($0.upper - $0.lower).isFinite }) else {
      throw fail("/first", "an axis needs two places or more, rising and evenly spaced")
    }
    let (points, overflow) = axes.reduce((1, false)) { total, axis in
      let (product, overflow) = total.0.multipliedReportingOverflow(by: axis.count)
      return (product, total.1 || overflow)
    }
    guard !overflow, !surface.batchSizes.isEmpty, surface.batchSizes.allSatisfy({ $0 > 0 }),
      !surface.batchSizes.reduce((0, false), { ($0.0 &+ $1, $0.1 || $0.0.addingReportingOverflow($1).overflow) }).1,
      surface.minibatchLosses.count == surface.batchSizes.count, surface.meanLoss.count == points,
      surface.minibatchLosses.allSatisfy({ $0.count == points })
    else { throw fail("/loss", "its extents are not those of its minibatches and axes") }
    if let fault = groups?.fault(minibatchCount: surface.minibatchCount) { throw fail(fault.object, fault.reason) }
    guard directions.count == axes.count, surface.axisNames.count == axes.count else {
      throw fail("/directions", "\(directions.count) directions for \(axes.count) axes")
    }
    return self
  }
}
