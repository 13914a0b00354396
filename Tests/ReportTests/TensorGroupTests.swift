import Checkpoint
import Regret
import Report
import Testing

@Suite("Tensors of large models and checkpoints that lack rows")
struct TensorGroupTests {
  @Test("beyond a dozen tensors, text gathers them by name")
  func groups() throws {
    let layers = (0..<6).flatMap { layer in
      ["attn.qkv", "attn.out", "mlp.up", "mlp.down"].map { TensorLayout("h.\(layer).\($0)", shape: [4]) }
    }
    let report = Report(checkpoints: [
      try Example.checkpoint(tensors: layers + [TensorLayout("embedding", shape: [6])])
    ])
    let text = report.text(TextOptions())
    for name in ["h.0.*", "h.5.*", "embedding"] { #expect(text.contains(name)) }
    #expect(text.contains("the largest of each group") && !text.contains("more; --format"))
    // Names that are numbered and nothing else.
    let numbered = (0..<20).flatMap { [TensorLayout("w\($0)", shape: [2]), TensorLayout("b\($0)", shape: [1])] }
    let gathered = Report(checkpoints: [try Example.checkpoint(tensors: numbered)]).text(TextOptions())
    #expect(gathered.contains("w*") && gathered.contains("b*") && !gathered.contains("more; --format"))
    // A dozen or fewer are as they were.
    let few = Report(checkpoints: [try Example.checkpoint(tensors: Array(layers.prefix(12)))])
    #expect(!few.text(TextOptions()).contains("of each group"))
  }

  @Test("a checkpoint that lacks rows is marked, no headline and no point of a trend")
  func partial() throws {
    var checkpoints = try (0..<3).map { try Example.checkpoint(file: "step-\($0).h5", step: $0) }
    let whole = Report(checkpoints: checkpoints).text(TextOptions())
    checkpoints.append(try Example.checkpoint(file: "step-3.h5", step: 3))
    checkpoints[3].description.isPartial = true
    let text = Report(checkpoints: checkpoints).text(TextOptions())
    #expect(text.hasPrefix("step-2.h5") && text.contains("partial 3"))
    func trends(_ text: String) -> String {
      text.split(separator: "\n").filter { $0.contains("  trend ") }.joined().filter { "▁▂▃▄▅▆▇█".contains($0) }
    }
    #expect(trends(text) == trends(whole) && !trends(text).isEmpty)
    let alone = Report(checkpoints: [checkpoints[3]])
    for output in [alone.text(TextOptions()), alone.summary(), alone.html, checkpoints[3].line] {
      #expect(output.contains("partial"))
    }
  }
}
