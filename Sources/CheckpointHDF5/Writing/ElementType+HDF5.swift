internal import Checkpoint
internal import HDF5

extension ElementType {
  /// How HDF5 stores an element.
  var scalarType: ScalarType {
    switch self {
    case .float16: .float16
    case .bfloat16: .uint16
    case .float32: .float32
    case .float64: .float64
    }
  }
}
