internal import Checkpoint
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
      return try auditor.audit(file)
    } catch let error as CheckpointError {
      fail(file, "\(error)")
    } catch {
      fail(file, "\(file): \(error)")
    }
    return nil
  }

  private mutating func fail(_ file: String, _ message: String) {
    Terminal.complain(message)
    report.failures.append(ReportFailure(file: file, message: message))
  }
}
