extension Audit {
  /// Whether everything that was computed is a number: sums may leave double precision where no single term does.
  var isFinite: Bool {
    var numbers: [Double?] = []
    for table in [euclidean, kl?.inSample] {
      guard let table else { continue }
      numbers += [table.regret.value, table.cosine.value, table.norm.value, table.rmsNorm, table.jensenRatio]
      numbers += [table.relativeRegret, table.meanGradientSquare.value, table.noise, table.coherence.value, table.tic]
    }
    for table in [related?.euclidean, related?.inSample] {
      numbers += [table?.regret.median, table?.regret.geometricMean.value, table?.regretOnMean.value]
      numbers += [table?.regretRatio?.value, table?.disparity.value, table?.oneStepRatio?.value]
    }
    for table in [related?.heldOut, related?.estimate] { numbers += [table?.median, table?.geometricMean.value] }
    numbers += [kl?.heldOut?.regret.value, kl?.heldOut?.cosine.value, kl?.heldOut?.tic.value]
    numbers += [fisher?.trace, fisher?.largestEigenvalue, fisher?.frobenius, fisher?.effectiveRank]
    for pair in groups?.pairs ?? [] {
      for table in [pair.euclidean, pair.inSample, pair.heldOut, pair.estimate] {
        numbers += [table?.regret.value, table?.cosine.value]
      }
    }
    for minibatch in minibatches ?? [] {
      for table in [minibatch.euclidean, minibatch.inSample] { numbers += [table?.norm, table?.cosine, table?.share] }
      numbers += [minibatch.heldOutCosine, minibatch.estimateCosine]
    }
    for tensor in tensors ?? [] { numbers += [tensor.euclidean?.value, tensor.kl?.value] }
    return numbers.allSatisfy { $0?.isFinite ?? true }
  }
}
