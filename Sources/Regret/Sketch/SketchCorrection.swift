/// What a sketch of k columns does to a damped inverse, and what takes it back.
///
/// In a random sketch A⁻¹ = ((1−ρ)F + ρI)⁻¹ comes out as if the damping were larger: with λ = ρ/(1−ρ), a solve at cλ in the
/// sketch is one at λ outside it where c = 1 − nd, n = 1/k, d = tr F(F + cλI)⁻¹ the dimension that the factors take up.
/// So the sketch is solved at A′ = (1−ρ)F + cρI = s((1−ρ′)F + ρ′I), s = 1 − ρ + cρ and ρ′ = cρ/s. What is left are terms of
/// order 1/k without d in them.
/// (LeJeune, Patil, Javadi, Baraniuk and Tibshirani 2022, "Asymptotics of the sketched pseudoinverse"; for projections Bai and
/// Silverstein's equation.)
struct SketchCorrection: Sendable {
  /// n
  let noise: Double

  /// A correction for n = `noise`.
  init(noise: Double) { self.noise = noise }

  /// Of tensors of `parameterCounts` in `widths` columns: n = Σ_t π_t²/k_t over those that are not whole, π_t their shares of the
  /// parameters, which are those of the trace where D̂ = 1. Tensor t by itself has c_t = 1 − π_t d/k_t, and c is Σ_t π_t c_t. What the factors really take up
  /// of each is told by ``SketchedColumns/ratio(_:_:_:workerCount:leverages:)``.
  init(widths: [Int], parameterCounts: [Int]) {
    let total = Double(parameterCounts.reduce(0, +))
    noise = zip(widths, parameterCounts).reduce(0) { sum, tensor in
      guard tensor.0 < tensor.1 else { return sum }
      let share = Double(tensor.1) / total
      return sum + share * share / Double(tensor.0)
    }
  }

  /// A solve in the sketch that stands for one outside it.
  struct Settled: Hashable, Sendable {
    /// ρ′
    var weight: Double
    /// s: what is solved at ρ′ is to be divided by it.
    var scale: Double
    /// c
    var ratio: Double
    /// d
    var dimension: Double

    /// No correction.
    static func none(_ weight: Double) -> Settled { Settled(weight: weight, scale: 1, ratio: 1, dimension: 0) }
  }

  /// Steps towards the root, each of which is nearer by a factor of about d/k.
  private static let limit = 200
  /// Far below what a sketch tells.
  static let coarse = 1e-6

  /// How far c is followed where `solver` tells d.
  static func tolerance(of solver: any FisherSolver) -> Double { solver.isIterative ? coarse : 1e-12 }

  /// Below this what is left of the sketch says nothing.
  static let leastRatio = 0.05

  /// c where factors take up `dimension`.
  func ratio(dimension: Double) -> Double {
    max(Self.leastRatio, 1 - noise * dimension)
  }

  /// What to solve for ρ = `weight`; `dimension` is d at a λ, which is asked for until c moves by less than `tolerance`.
  func settled(
    weight: Double, tolerance: Double = 1e-12, dimension: (Double) throws -> Double
  ) rethrows -> Settled {
    guard noise > 0, weight < 1 else { return .none(weight) }
    let shift = weight / (1 - weight)
    var settled = Settled(weight: weight, scale: 1, ratio: 1, dimension: 0)
    for _ in 0..<Self.limit {
      settled.dimension = try dimension(settled.ratio * shift)
      let next = ratio(dimension: settled.dimension)
      let isDone = abs(next - settled.ratio) < tolerance
      settled.ratio = next
      if isDone { break }
    }
    settled.scale = 1 - weight + settled.ratio * weight
    settled.weight = settled.ratio * weight / settled.scale
    return settled
  }

  /// The ρ that a solve at `weight` in the sketch stands for.
  func original(weight: Double, dimension: Double) -> Settled {
    guard noise > 0, weight < 1 else { return .none(weight) }
    let ratio = ratio(dimension: dimension)
    let shift = weight / (1 - weight) / ratio
    let own = shift / (1 + shift)
    return Settled(weight: own, scale: 1 - own + ratio * own, ratio: ratio, dimension: dimension)
  }

  /// (s·t)² of two rows from what it is in the sketch, `square`, and their squared lengths there: E(s′·t′)² =
  /// (1 + n)(s·t)² + n‖s‖²‖t‖².
  func unbiased(_ square: Double, _ first: Double, _ second: Double) -> Double {
    (square - first * second * noise) / (1 + noise)
  }
}
