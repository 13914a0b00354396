import CheckpointHDF5
import Foundation
import TestSupport
import Testing

/// Replays what a writer asked of the disk up to every boundary. `SOAK=1` takes the long form.
@Suite("A crash at any moment", .tags(.faults)) struct CrashTests {
  static let isLong = ProcessInfo.processInfo.environment["SOAK"] != nil
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("leaves every published checkpoint exact, and no other file under a final name")
  func everyBoundary() throws {
    let log = DiskLog()
    var published: [(name: String, content: Data, eventCount: Int)] = []
    for index in 0..<(Self.isLong ? 90 : 6) {
      let path = scratch("step-\(index).h5")
      try writeSmall(to: path, operations: log.operations)
      published.append((path, try bytes(of: path), log.events.count))
    }
    let events = log.events
    var generator = SystemRandomNumberGenerator()
    var stateCount = 0
    // A checkpoint's own events are enough: no event of another touches its file.
    var start = 0
    for (name, content, end) in published {
      for boundary in start...end {
        let slice = events[start..<boundary]
        var disks = [DiskModel.killed(after: slice, using: &generator)]
        for _ in 0..<4 { disks.append(DiskModel.withoutPower(after: slice, using: &generator)) }
        for disk in disks {
          stateCount += 1
          for (found, data) in disk.files {
            #expect(found == name && data == content || found == name + ".tmp")
          }
          if boundary == end { #expect(disk.files[name] == content) }
        }
      }
      start = end
    }
    #expect(stateCount > published.count * 100)
  }

  @Test("would be seen by this model if the file were renamed before it is on the disk")
  func modelFindsMissingFsync() throws {
    let log = DiskLog()
    try writeSmall(to: scratch("a.h5"), operations: log.operations)
    let content = try bytes(of: scratch("a.h5"))
    let events = log.events.filter { if case .synchronize = $0 { false } else { true } }
    var generator = SystemRandomNumberGenerator()
    let isLost = (0..<50).contains { _ in
      let disk = DiskModel.withoutPower(after: events[...], using: &generator)
      return disk.files[scratch("a.h5")] != content
    }
    #expect(isLost)
  }
}
