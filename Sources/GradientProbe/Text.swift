#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What files say wrote them.
let creator = "GradientProbe 0.1.0"

/// The present time as RFC 3339 has it, in UTC.
func timestamp() -> String { Date.now.formatted(.iso8601) }

/// `byteCount` in megabytes of 10⁶ bytes.
func megabytes(_ byteCount: Int) -> String {
  let tenths = (byteCount + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) MB"
}
