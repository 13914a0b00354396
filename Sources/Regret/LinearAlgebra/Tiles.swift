internal import CTiles

/// Products of float32 rows as bfloat16 products with float32 sums, on the processor's AMX tiles.
///
/// x ≈ h + l with h = bfloat16(x), l = bfloat16(x − h), and Σ xy ≈ Σ (hh' + hl' + lh' + ll').
public enum Tiles {
  /// Whether the processor has them, the system lends them, and their sums are right.
  public static var areAvailable: Bool { tiles_are_available() != 0 }

  /// What multiplies bfloat16 numbers here, in words.
  public static var kernel: String { areAvailable ? "AMX tiles" : "AMX tiles in C" }

  /// What the error of a product counts as, relative to ‖x‖‖y‖. It is 8e-8 (root mean square, 5e-7 at most) for rows of
  /// thousands of normal numbers, up to this where few numbers make a row's length; what h + l leave is at most 2⁻¹⁶.
  static let rounding = 0x1p-18

  /// Squares from which on products of so small numbers as tiles take for 0 do not matter, for up to 10⁸ columns.
  static let smallestSquare = 0x1p-78

  /// Bytes of a worker's copy of so many rows.
  static func workspaceBytes(rowCount: Int) -> Int { tiles_workspace(Int32(rowCount)) }
}

/// One worker's place for the parts h and l of rows. Lives on one thread.
final class TileWorkspace {
  private let bytes: UnsafeMutableRawBufferPointer
  private let unit: tiles_unit

  /// For products of up to `rowCount` rows; in C where the processor has no tiles.
  init(rowCount: Int) {
    bytes = .allocate(byteCount: max(64, Tiles.workspaceBytes(rowCount: rowCount)), alignment: 64)
    unit = Tiles.areAvailable ? tiles_of_processor : tiles_in_c
  }

  deinit { bytes.deallocate() }

  /// Upper triangle of C += X·Xᵀ, X [rows, columns] row-major.
  func symmetricProduct(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int, into c: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    tiles_symmetric_product(
      unit, x, Int32(rows), Int32(columns), Int32(stride), c, Int32(pitch), bytes.baseAddress)
  }
}
