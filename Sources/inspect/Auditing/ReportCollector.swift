internal import Checkpoint
internal import Landscape
internal import Regret
internal import Report

/// Audits files one after another; what fails is told and does not stop the others.
struct ReportCollector {
  private(set) var report = Report(checkpoints: [])
  let auditor: Auditor

  init(_ auditor: Auditor) { self.auditor = auditor }

  /// Audits each of `paths`: a file, or a directory of checkpoints by step.
  mutating func audit(_ paths: [String]) {
    for path in paths {
      do throws(CheckpointError) {
        guard let files = try RunFiles.list(path) else {
          if let checkpoint = audit(file: path) { report.checkpoints.append(checkpoint) }
          continue
        }
        let run = files.compactMap { audit(file: $0) }
        report.checkpoints += run.enumerated().sorted {
          ($0.1.description.step, $0.1.description.sequence, $0.0)
            < ($1.1.description.step, $1.1.description.sequence, $1.0)
        }.map(\.element)
      } catch {
        fail(path, "\(error)")
      }
    }
  }

  private mutating func audit(file: String) -> CheckpointReport? {
    do {
      var checkpoint = try auditor.audit(file)
      checkpoint.slices = slices(of: checkpoint)
      return checkpoint
    } catch let error as CheckpointError {
      fail(file, "\(error)")
    } catch {
      fail(file, "\(file): \(error)")
    }
    return nil
  }

  /// The slices in the files beside a checkpoint; what cannot be read or belongs to another is told.
  private mutating func slices(of checkpoint: CheckpointReport) -> [Slice] {
    do throws(CheckpointError) {
      return try RunFiles.slices(beside: checkpoint.file).compactMap { path in
        do throws(CheckpointError) {
          return try openSlice(path, of: checkpoint.description)
        } catch {
          fail(path, "\(error)")
          return nil
        }
      }
    } catch {
      fail(checkpoint.file, "\(error)")
      return []
    }
  }

  private mutating func fail(_ file: String, _ message: String) {
    Terminal.complain(message)
    report.failures.append(ReportFailure(file: file, message: message))
  }
}
