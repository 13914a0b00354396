/// How sharp a surface is within its grid, on average and minibatch by minibatch.
///
/// Sharpness S(f) = max over the grid of f − f(θ). Since the largest of a mean is no more than the mean of the largest,
/// the mean over minibatches of S(f_i) is at least S of their mean loss: the ratio is contrastive flatness at a finite
/// radius, 1 where all minibatches agree. Everything is in the grid's own units of α, so it depends on the directions and,
/// unless they were scaled by filter, on the parametrisation.
public struct SurfaceSummary: Hashable, Codable, Sendable {
  /// S of the mean loss [nats].
  public let sharpness: Double
  /// Mean over minibatches of S(f_i) [nats], weighted by their sizes as the mean loss is.
  public let minibatchSharpness: Double
  /// minibatchSharpness/sharpness ≥ 1; nil where the mean loss is nowhere above its value at θ.
  public let contrast: Double?
  /// Mean over the grid of f̄ − f̄(θ) [nats]; negative where θ is no minimum.
  public let meanRise: Double
  /// Second difference of the mean loss at θ along each axis, (f̄(h) + f̄(−h) − 2f̄(0))/h² [nats per α²], h one place;
  /// nil where θ lies on the grid's edge.
  public let curvatures: [Double?]
  /// Where the mean loss is smallest.
  public let minimum: SurfaceMinimum
  /// Where each minibatch's loss is smallest.
  public let minibatchMinima: [SurfaceMinimum]
  /// Root mean square distance of the minibatches' minima from their centroid [α].
  public let minimumSpread: Double
  /// The regret on the grid itself: mean over ordered pairs i ≠ j of f_j(where f_i is smallest) − min f_j [nats]; nil for
  /// one minibatch.
  public let regret: Double?
  /// Its jackknife standard error, leaving one minibatch out at a time; nil below three.
  public let regretError: Double?

  /// nil where the grid does not contain θ itself, or a loss is not finite.
  public init?(_ surface: LossSurface) {
    let grid = surface.grid
    let losses = surface.minibatchLosses
    guard let center = grid.center,
      losses.allSatisfy({ $0.allSatisfy(\.isFinite) })
    else { return nil }
    func rise(_ loss: [Double]) -> Double { (loss.max() ?? 0) - loss[center] }
    let mean = surface.meanLoss
    sharpness = rise(mean)
    let total = Double(surface.batchSizes.reduce(0, +))
    minibatchSharpness = zip(surface.batchSizes, losses).reduce(0) { $0 + Double($1.0) / total * rise($1.1) }
    contrast = sharpness > 0 ? minibatchSharpness / sharpness : nil
    meanRise = mean.reduce(0) { $0 + ($1 - mean[center]) } / Double(grid.pointCount)
    curvatures = grid.axes.enumerated().map { axis, places in
      let stride = axis == 0 ? 1 : grid.first.count
      let (before, after) = (center - stride, center + stride)
      guard !grid.isOutermost(center, axis: axis) else { return nil }
      return (mean[before] + mean[after] - 2 * mean[center]) / (places.spacing * places.spacing)
    }
    minimum = grid.minimum(of: mean, center: center)
    let minima = losses.map { grid.minimum(of: $0, center: center) }
    minibatchMinima = minima
    minimumSpread = Self.spread(minima.map(\.coordinates))
    let pairs = Self.regrets(losses)
    (regret, regretError) = Self.jackknife(pairs)
  }

  private static func spread(_ points: [[Double]]) -> Double {
    let count = Double(points.count)
    let squares = points[0].indices.reduce(0.0) { total, axis in
      let mean = points.reduce(0) { $0 + $1[axis] } / count
      return total + points.reduce(0) { $0 + ($1[axis] - mean) * ($1[axis] - mean) }
    }
    return (squares / count).squareRoot()
  }

  /// f_j(where f_i is smallest) − min f_j, [i][j].
  private static func regrets(_ losses: [[Double]]) -> [[Double]] {
    let best = losses.map { loss in loss.indices.min { loss[$0] < loss[$1] } ?? 0 }
    return best.indices.map { i in best.indices.map { j in losses[j][best[i]] - losses[j][best[j]] } }
  }

  /// Mean over i ≠ j and √((N−1)/N Σ(s₋ᵢ − s̄₋)²), the diagonal being zero.
  private static func jackknife(_ pairs: [[Double]]) -> (Double?, Double?) {
    let count = pairs.count
    guard count >= 2 else { return (nil, nil) }
    let own = pairs.indices.map { i in pairs.indices.reduce(0) { $0 + pairs[i][$1] + pairs[$1][i] } }
    let total = own.reduce(0, +) / 2
    let value = total / Double(count * (count - 1))
    guard count >= 3 else { return (value, nil) }
    let left = own.map { (total - $0) / Double((count - 1) * (count - 2)) }
    let mean = left.reduce(0, +) / Double(count)
    let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (value, (Double(count - 1) / Double(count) * squares).squareRoot())
  }
}

extension SliceGrid {
  func isOutermost(_ index: Int, axis: Int) -> Bool {
    let (place, count) = axis == 0 ? (index % first.count, first.count) : (index / first.count, second?.count ?? 1)
    return place == 0 || place == count - 1
  }

  /// The first of the smallest values, refined.
  func minimum(of loss: [Double], center: Int) -> SurfaceMinimum {
    let best = loss.indices.min { loss[$0] < loss[$1] } ?? center
    let isAtEdge = axes.indices.contains { isOutermost(best, axis: $0) }
    var (place, least) = (coordinates(of: best), loss[best])
    if !isAtEdge, let step = step(from: best, loss) {
      for axis in axes.indices { place[axis] += step.places[axis] * axes[axis].spacing }
      least -= step.fall
    }
    return SurfaceMinimum(coordinates: place, loss: least, depth: loss[center] - least, isAtEdge: isAtEdge)
  }

  /// From the point `best` to the minimum of the quadratic through its neighbours [places], and how much lower it lies.
  private func step(from best: Int, _ loss: [Double]) -> (places: [Double], fall: Double)? {
    func value(_ column: Int, _ row: Int) -> Double { loss[best + column + row * first.count] }
    let f = value(0, 0)
    let (a, gx) = (value(1, 0) + value(-1, 0) - 2 * f, (value(1, 0) - value(-1, 0)) / 2)
    let places: [Double]
    let fall: Double
    if second == nil {
      guard a > 0 else { return nil }
      places = [-gx / a]
      fall = gx * gx / a / 2
    } else {
      let (c, gy) = (value(0, 1) + value(0, -1) - 2 * f, (value(0, 1) - value(0, -1)) / 2)
      let b = (value(1, 1) + value(-1, -1) - value(1, -1) - value(-1, 1)) / 4
      let determinant = a * c - b * b
      guard a > 0, determinant > 1e-9 * a * c else { return nil }
      places = [(b * gy - c * gx) / determinant, (b * gx - a * gy) / determinant]
      fall = -(gx * places[0] + gy * places[1]) / 2
    }
    guard places.allSatisfy({ abs($0) <= 1 }), fall.isFinite, fall >= 0 else { return nil }
    return (places, fall)
  }
}
