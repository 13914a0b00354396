internal import Checkpoint
internal import Regret

/// Gradients and factors of an audit as plain matrices, so that a reference and the library get the same numbers.
struct TestSample {
  var gradients: DenseMatrix
  var sizes: [Int]
  var tensors: [TensorColumns]
  var factors: [FisherKind: (rows: DenseMatrix, ids: [Int]?)] = [:]
  /// θ; empty where it is not known.
  var parameters: [Double] = []
  var storage = ElementType.float64

  /// All numbers as `type` stores them.
  func stored(as type: ElementType) -> TestSample {
    var sample = self
    sample.storage = type
    sample.gradients = gradients.rounded(to: type)
    sample.factors = factors.mapValues { ($0.rows.rounded(to: type), $0.ids) }
    sample.parameters = DenseMatrix([parameters], columns: parameters.count).rounded(to: type).values
    return sample
  }

  /// What the library is given.
  var input: AuditInput {
    var input = AuditInput(
      gradients: gradients.blocks("/gradients", storage), batchSizes: sizes, tensors: tensors,
      factors: FisherKind.allCases.compactMap { kind in
        factors[kind].map {
          FactorRows(
            kind: kind, rows: $0.rows.blocks("/fisher/\(kind.rawValue)/factors", storage), minibatches: $0.ids)
        }
      })
    if !parameters.isEmpty {
      input.parameters = DenseMatrix([parameters], columns: parameters.count).blocks("/parameters", storage)
    }
    return input
  }

  /// Every number at column p times `scale[p]`, in the gradients and in the factors.
  func scalingColumns(_ scale: [Double]) -> TestSample { mapping { $0.scalingColumns(scale) } }

  /// `change` made to the gradients and to every kind's factors.
  func mapping(_ change: (DenseMatrix) -> DenseMatrix) -> TestSample {
    var sample = self
    sample.gradients = change(gradients)
    sample.factors = factors.mapValues { (change($0.rows), $0.ids) }
    return sample
  }
}

extension DenseMatrix {
  func scalingColumns(_ scale: [Double]) -> DenseMatrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] *= scale[column] }
    }
    return result
  }

  func rounded(to type: ElementType) -> DenseMatrix {
    var result = self
    for index in values.indices {
      result.values[index] =
        switch type {
        case .float64: values[index]
        case .float32: Double(Float(values[index]))
        case .float16: Double(Float(binary16: Float(values[index]).binary16))
        case .bfloat16: Double(Float(brain16: Float(values[index]).brain16))
        }
    }
    return result
  }

  /// These rows as the library reads them.
  func blocks(_ name: String, _ type: ElementType) -> any ColumnBlocks {
    switch type {
    case .float64: ArrayBlocks(values, columnCount: columns, name: name)
    case .float32: ArrayBlocks(values.map { Float($0) }, columnCount: columns, name: name)
    case .float16: HalfBlocks(values.map { Float($0).binary16 }, columns: columns, type: type, name: name)
    case .bfloat16: HalfBlocks(values.map { Float($0).brain16 }, columns: columns, type: type, name: name)
    }
  }
}

/// Rows of 16-bit numbers in memory, as files of other tools hold them.
struct HalfBlocks: ColumnBlocks {
  let bits: [UInt16]
  let rowCount: Int
  let columnCount: Int
  let elementType: ElementType
  let name: String
  var file: String { "memory" }

  init(_ bits: [UInt16], columns: Int, type: ElementType, name: String) {
    self.bits = bits
    self.name = name
    columnCount = columns
    rowCount = bits.count / columns
    elementType = type
  }

  func copy(
    rows: Range<Int>, columns: Range<Int>, to destination: inout MutableRawSpan, rowStride: Int
  ) throws(CheckpointError) {
    destination.withUnsafeMutableBytes { target in
      for (index, row) in rows.enumerated() {
        for (place, column) in columns.enumerated() {
          target.storeBytes(
            of: bits[row * columnCount + column], toByteOffset: index * rowStride + place * 2, as: UInt16.self)
        }
      }
    }
  }
}
