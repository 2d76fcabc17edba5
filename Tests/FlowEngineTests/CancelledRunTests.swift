import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

/// Runs that are cancelled from within a step that then ends well.
@Suite struct CancelledRunTests {
  private static func run(_ sketch: String, body: String) async throws -> SketchRun {
    let cancelling = AsyncStep(type: StepType(rawValue: "Cancel")) { exchange in
      guard exchange.body.textInMemory?.hasPrefix("a") == true else { return }
      withUnsafeCurrentTask { $0?.cancel() }
    }
    return try await Task {
      try await SketchRun(FlowSketch(sketch), body: body, steps: [cancelling])
    }.value
  }

  @Test(arguments: [
    "main\n  In:message > C:Cancel > A:Mark > Out:end",
    "main\n  In:message > S:Cut > C:Cancel > A:Mark > G:Plus",
    "main\n  In:message > S:Cut > C:Cancel",
    "main\n  In:message > M:sequence > C:Cancel\n  M > A:Mark",
  ])
  func `a step that ends well after cancellation is the last, and the run failed for its source`(
    sketch: String
  ) async throws {
    let run = try await Self.run(sketch, body: "a,b")
    #expect(run.result.raisedFailure?.kind == .cancelled)
    #expect(run.result.status == .cancelled)
    #expect(run.log.marks.isEmpty)
  }

  @Test func `a run whose last element has ended is not cancelled any more`() async throws {
    let run = try await Self.run("main\n  In:message > S:Cut > C:Cancel", body: "a")
    #expect(run.result.raisedFailure == nil)
    #expect(run.result.status == .completed)
  }

  @Test(arguments: [("a,b,c,d", true), ("a,b", false)])
  func `parts that run at once end well after cancellation, and parts are left or not`(
    body: String, isCancelled: Bool
  ) async throws {
    let gate = Gate()
    let started = Gauge()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      started.enter()
      await gate.wait()
    }
    let splitter = CommaSplitter(settings: SplitSettings(concurrency: 2))
    let task = Task {
      try await SketchRun(
        FlowSketch("main\n  In:message > S:Cut > W:Wait"), body: body, splitter: splitter, steps: [step])
    }
    while started.highest < 2 { await Task.yield() }
    task.cancel()
    gate.open()
    let run = try await task.value
    #expect(run.result.raisedFailure?.kind == (isCancelled ? .cancelled : nil))
    #expect(run.result.status == (isCancelled ? .cancelled : .completed))
    #expect(started.highest == 2)
  }

  @Test func `branches that run at once are not complete when one is stopped`() async throws {
    let started = Gate()
    let gate = Gate()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      started.open()
      await gate.wait()
    }
    let task = Task {
      try await SketchRun(
        FlowSketch("main\n  In:message > M:multicast > W:Wait > A:Mark\n  M > V:Wait > B:Mark"), steps: [step])
    }
    await started.wait()
    task.cancel()
    gate.open()
    let run = try await task.value
    #expect(run.result.raisedFailure?.kind == .cancelled)
    #expect(run.result.status == .cancelled)
    #expect(run.log.marks.isEmpty)
  }
}
