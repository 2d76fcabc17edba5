import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct MulticastTests {
  private static func joined(_ kind: String, table: String = "") -> FlowSketch {
    FlowSketch(
      """
      main Main
        In:message > M:\(kind) > A:Mark > J:join > G:Plus > After:Mark > Out:end
        M > B:Mark > J
        M > J
      """, properties: table.isEmpty ? [:] : ["M": [("routingSequenceTable", table)]])
  }

  @Test(arguments: ["multicast", "sequence"])
  func `branches get copies of the message and are gathered after their join`(kind: String) async throws {
    let run = try await SketchRun(Self.joined(kind))
    #expect(run.body == "inA+inB+inAfter")
    #expect(run.result.status == .completed)
    #expect(run.log.observed.map(\.elementID).filter { ["J", "G"].contains($0) } == ["J", "G"])
  }

  @Test func `a sequential multicast keeps the order of its table, then of the file`() async throws {
    let table =
      "<row><cell>2</cell><cell>Flow2</cell></row><row><cell>1</cell><cell>Flow7</cell></row>"
    let run = try await SketchRun(Self.joined("sequence", table: table))
    #expect(run.log.marks == ["B", "A", "After"])
    #expect(run.body == "inB+inA+inAfter")
  }

  @Test func `branches that end by themselves leave what the last one made`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > M:sequence > A:Mark > Mail:end
        M > B:Mark > H:Mark > Answer:end
      """, properties: ["H": [("do", "header")]], channels: [.mail(at: "Mail")])
    let run = try await SketchRun(sketch)
    #expect(run.receiver.exchanges.map(\.body.textInMemory) == ["inA"])
    #expect(run.receiver.points.map(\.lineage) == [[0, 0]])
    #expect(run.body == "inB")
    #expect(run.result.exchange.headers["Mark"] == .text("H"))
  }

  @Test func `a join without a gather goes on with the last branch`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > M:multicast > A:Mark > J:join > After:Mark > Out:end
        M > B:Mark > J
      """)
    #expect(try await SketchRun(sketch).body == "inBAfter")
  }

  @Test func `a branch may split and gather before the join`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > M:multicast > A:Mark > J:join > G:Plus > Out:end
        M > S:Cut > B:Mark > H:Plus > J
      """)
    #expect(try await SketchRun(sketch, body: "a,b").body == "a,bA+aB+bB")
  }

  @Test func `a multicast in a part of a split joins before the part is gathered`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > M:multicast > A:Mark > J:join > H:Plus > Q:Mark > G:Plus > Out:end
        M > B:Mark > J
      """, properties: ["Q": [("do", "quote")]])
    #expect(try await SketchRun(sketch, body: "a,b").body == "<aA+aB>+<bA+bB>")
  }

  @Test func `branches that lead to different joins, and parts that meet at a join, are refused`() async throws {
    let apart = FlowSketch(
      """
      main
        In:message > M:multicast > A:Mark > J:join > G:Plus > Out:end
        M > B:Mark > K:join > H:Plus > Out
      """)
    #expect(try await SketchRun(apart).result.failure?.kind == .invalidFlow)
    let unjoined = FlowSketch(
      """
      main
        In:message > S:Cut > A:Mark > J:join > G:Plus > Out:end
      """)
    #expect(try await SketchRun(unjoined, body: "a,b").result.failure?.kind == .invalidFlow)
  }

  @Test func `in a row the first failure is the end; at the same time all come to theirs`() async throws {
    for (kind, marks) in [("sequence", ["A", "Bad"]), ("multicast", ["A", "Bad", "C"])] {
      let sketch = FlowSketch(
        """
        main
          In:message > M:\(kind) > A:Mark > OutA:end
          M > Bad:Mark > OutB:end
          M > C:Mark > OutC:end
        """, properties: ["Bad": [("do", "fail")]])
      let run = try await SketchRun(sketch)
      #expect(run.log.marks.sorted() == marks)
      #expect(run.result.failure?.explanation.summary == "Bad failed")
    }
  }

  @Test func `an exception subprocess that ends a branch ends the message`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > M:multicast > A:Mark > J:join > G:Plus > After:Mark > Out:end
        M > Bad:Mark > J
      exception OnError
        Caught:error > E:Mark > Told:end
      """, properties: ["Bad": [("do", "fail")], "E": [("do", "exception")]])
    let run = try await SketchRun(sketch)
    #expect(run.body == "[Bad failed: it was told to]")
    #expect(!run.log.marks.contains("After"))
    #expect(run.result.status == .failed)
  }

  @Test func `no more branches run at the same time than the limit`() async throws {
    let gauge = Gauge()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      gauge.enter()
      for _ in 0..<20 { await Task.yield() }
      gauge.leave()
    }
    let more = (1..<12).map { "M > W\($0):Wait > J" }.joined(separator: "\n")
    let sketch = FlowSketch("main\nIn:message > M:multicast > W:Wait > J:join > G:Plus > Out:end\n" + more)
    var limits = RunLimits()
    limits.branches = 3
    let run = try await SketchRun(sketch, steps: [step], limits: limits)
    #expect(run.body?.split(separator: "+").count == 12)
    #expect((1...3).contains(gauge.highest))
  }

  @Test func `multicasts and splitters within each other, cancelled at once, end at once`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > M:multicast > S:Cut > W:Wait > A:Mark > H:Plus > J:join > G:Plus > Out:end
        M > T:Cut > V:Wait > B:Mark > K:Plus > J
      """)
    let body = (0..<50).map(String.init).joined(separator: ",")
    for yields in [0, 1, 7, 40, 200] {
      let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in await Task.yield() }
      let task = Task {
        try await SketchRun(
          sketch, body: body, splitter: CommaSplitter(settings: SplitSettings(concurrency: 5)), steps: [step])
      }
      for _ in 0..<yields { await Task.yield() }
      task.cancel()
      let run = try await task.value
      #expect([.cancelled, .completed].contains(run.result.status))
      if run.result.status == .cancelled { #expect(run.result.failure?.kind == .cancelled) }
    }
  }
}
