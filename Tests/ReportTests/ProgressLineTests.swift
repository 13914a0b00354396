import Report
import Testing

@Suite("Progress")
struct ProgressLineTests {
  @Test("tells share, bytes, rate and time left within a line of 79 columns")
  func line() {
    let title = "runs/a-very-long-directory-name/and-another-one/step-00000120.h5"
    let line = ProgressLine.text(title: title, done: 1 << 30, total: 4 << 30, seconds: 2)
    for part in ["25%", "1.00 GiB of 4.00 GiB", "512 MiB/s", "6 s left"] { #expect(line.contains(part), "\(line)") }
    #expect(line.count <= 79)
    #expect(ProgressLine.text(title: title, done: 1 << 30, total: 3600 << 30, seconds: 1).contains("59 min 59 s left"))
  }

  @Test("says so when everything is read and numbers are being computed")
  func computing() {
    #expect(ProgressLine.text(title: "a.h5", done: 5, total: 5, seconds: 1).hasPrefix("computing a.h5"))
  }
}
