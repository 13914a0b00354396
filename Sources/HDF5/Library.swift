internal import CHDF5
internal import Synchronization

/// One lock around the C library, which is not thread-safe in every build and takes a global lock in the others.
private let library = Mutex(())

/// Calls HDF5 under the lock and turns a negative status into an error. `function` names the C function in case HDF5
/// has nothing to say. (H5Eset_auto2, H5Ewalk2)
@discardableResult
func call<Status: SignedInteger>(_ function: StaticString, _ body: () -> Status) throws(HDF5Error) -> Status {
  let (status, error) = library.withLock { _ in
    // The library would print to standard error; the setting belongs to the calling thread.
    H5Eset_auto2(gp_default_stack(), nil, nil)
    let status = body()
    return (status, status < 0 ? errorOnStack(function) : nil)
  }
  if let error { throw error }
  return status
}

/// Calls HDF5 under the lock where no status comes back or it does not matter.
func callUnchecked<Result>(_ body: () -> Result) -> Result {
  // The result of a C call is a number: nothing is shared through it.
  nonisolated(unsafe) var result: Result?
  library.withLock { _ in
    H5Eset_auto2(gp_default_stack(), nil, nil)
    result = body()
  }
  return result!
}

/// The error stack from both ends: its outermost entry says what failed, its innermost why.
private func errorOnStack(_ function: StaticString) -> HDF5Error {
  var entries: [String] = []
  withUnsafeMutablePointer(to: &entries) { entries in
    _ = H5Ewalk2(
      gp_default_stack(), H5E_WALK_DOWNWARD,
      { _, entry, entries in
        if let text = entry?.pointee.desc {
          entries!.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
        }
        return 0
      }, entries)
  }
  guard let outermost = entries.first else { return HDF5Error("\(function) failed") }
  guard let root = entries.last, entries.count > 1 else { return HDF5Error(outermost) }
  return HDF5Error("\(outermost) (\(root))")
}
