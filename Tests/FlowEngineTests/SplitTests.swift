import Expressions
import FlowEngine
import FlowModel
import Synchronization
import TenantBase
import TestSupport
import Testing

@Suite struct SplitTests {
  private static var gathered: FlowSketch {
    FlowSketch(
      """
      main Main
        In:message > S:Cut > A:Mark > G:Plus > After:Mark > Out:end
      """)
  }
  private static var plain: FlowSketch {
    FlowSketch(
      """
      main Main
        In:message > S:Cut > A:Mark > Out:end
      """, channels: [.mail(at: "Out")])
  }

  @Test(arguments: [1, 4])
  func `parts are gathered in their order, and the flow goes on`(concurrency: Int) async throws {
    let splitter = CommaSplitter(settings: SplitSettings(concurrency: concurrency))
    let run = try await SketchRun(Self.gathered, body: "a,b,c", splitter: splitter)
    #expect(run.body == "aA+bA+cAAfter")
    #expect(run.result.status == .completed)
    #expect(run.result.exchange.headers["Part"] == nil)
    #expect(run.result.exchange.properties["CamelSplitIndex"] == nil)
  }

  @Test func `without a gather the parts end by themselves and the message is as before`() async throws {
    let run = try await SketchRun(Self.plain, body: "a,b")
    #expect(run.receiver.exchanges.map(\.body.textInMemory) == ["aA", "bA"])
    #expect(run.body == "a,b")
    #expect(run.result.exchange.lineage == [])
  }

  @Test func `a message without a part completes, and nothing follows`() async throws {
    let run = try await SketchRun(Self.gathered, body: "")
    #expect(run.log.marks.isEmpty)
    #expect(run.result.status == .completed)
  }

  @Test(arguments: [true, false])
  func `a part that is a message of its own has nothing of the one that was split`(isOwn: Bool) async throws {
    var splitter = CommaSplitter(makesOwnMessages: isOwn)
    splitter.settings.numbersParts = false
    let sketch = FlowSketch(
      """
      main Main
        In:message > H:Mark > P:Mark > S:Cut > Out:end
      """, properties: ["H": [("do", "header")], "P": [("do", "property")]], channels: [.mail(at: "Out")])
    let run = try await SketchRun(sketch, body: "a", splitter: splitter)
    let part = try #require(run.receiver.exchanges.first)
    #expect(part.headers["Part"] == .text("a"))
    #expect(part.headers["Mark"] == (isOwn ? nil : .text("H")))
    #expect(part.properties["Mark"] == (isOwn ? nil : .text("P")))
    #expect(part.properties["Own"] == .text("a"))
    #expect(part.properties["CamelSplitIndex"] == nil)
  }

  @Test(arguments: [
    (true, "a(0/3/false)+b(1/3/false)+c(2/3/true)"), (false, "a(0/-/false)+b(1/-/false)+c(2/3/true)"),
  ])
  func `parts have Camel's properties; the size stands only at the last where it is not known before`(
    knowsCount: Bool, expected: String
  ) async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > A:Mark > G:Plus > Out:end
      """, properties: ["A": [("do", "split")]])
    let run = try await SketchRun(sketch, body: "a,b,c", splitter: CommaSplitter(knowsCount: knowsCount))
    #expect(run.body == expected)
  }

  @Test func `splitters within each other gather each its own parts`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > X:Again > T:Cut > B:Mark > H:Plus > Q:Mark > G:Plus > After:Mark > Out:end
      """, properties: ["Q": [("do", "quote")]])
    let again = ActionStep(type: StepType(rawValue: "Again")) { exchange throws(FlowFailure) in
      exchange.body = MessageBody(text: (exchange.body.textInMemory ?? "") + "1,2")
    }
    let run = try await SketchRun(sketch, body: "a,b", steps: [again])
    #expect(run.body == "<a1B+2B>+<b1B+2B>After")
  }

  @Test func `routes within a part meet at its gather, and those that end are left out`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > R:router -[${body} = 'a']> A:Mark > G:Plus > Out:end
        R -[${body} = 'b']> Gone:terminate
        R *> C:Mark > G
      """)
    #expect(try await SketchRun(sketch, body: "a,b,c").body == "aA+cC")
  }

  // MARK: what fails

  private static func failing(stops: Bool, gathers: Bool, subprocess: String = "") -> FlowSketch {
    FlowSketch(
      """
      main Main
        In:message > S:Cut > A:Mark > \(gathers ? "G:Plus > After:Mark > " : "")Out:end
      \(subprocess)
      """,
      properties: [
        "A": [("do", "fail on b")], "S": [("stop", stops ? "true" : "false")], "E": [("do", "exception")],
      ])
  }

  @Test func `stop on exception: the next parts do not run, the run fails`() async throws {
    let run = try await SketchRun(Self.failing(stops: true, gathers: true), body: "a,b,c")
    #expect(run.log.marks == ["A", "A"])
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.places.first == "part 2 of step 'S' (Cut)")
  }

  @Test func `without it the others run, are gathered and go on, and the run is a failed one`() async throws {
    let run = try await SketchRun(Self.failing(stops: false, gathers: true), body: "a,b,c")
    #expect(run.body == "aA+cAAfter")
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.summary == "A failed")
    #expect(run.run.warnings == ["1 of 3 parts of step 'S' (Cut) failed"])
    #expect(run.result.uncaughtFailure == nil)
    #expect(run.result.raisedFailure?.explanation.places.first == "part 2 of step 'S' (Cut)")
  }

  @Test func `without it and without a gather the others run and the run fails`() async throws {
    let run = try await SketchRun(Self.failing(stops: false, gathers: false), body: "b,b2,c")
    #expect(run.log.marks == ["A", "A", "A"])
    #expect(run.result.status == .failed)
    #expect(run.result.failure?.explanation.places.first == "part 1 of step 'S' (Cut)")
    #expect(run.result.furtherFailures.map { $0.explanation.places[0] } == ["part 2 of step 'S' (Cut)"])
  }

  @Test func `an exception subprocess takes each failing part, and its body is gathered`() async throws {
    let subprocess = "exception OnError\n  Caught:error > E:Mark > Told:end"
    let going = try await SketchRun(
      Self.failing(stops: false, gathers: true, subprocess: subprocess), body: "a,b,c")
    #expect(going.body == "aA+[A failed: it was told to]+cAAfter")
    #expect(going.result.handledExceptions.count == 1)
    #expect(going.result.status == .failed)
    #expect(going.result.raisedFailure == nil)
    let stopping = try await SketchRun(
      Self.failing(stops: true, gathers: true, subprocess: subprocess), body: "a,b,c")
    #expect(stopping.body == "[A failed: it was told to]")
    #expect(stopping.log.marks == ["A", "A", "E"])
  }

  @Test func `an error end of the exception subprocess is not caught a second time at the splitter`() async throws {
    let subprocess = "exception OnError\n  Caught:error > E:Mark > Up:raise"
    let run = try await SketchRun(
      Self.failing(stops: true, gathers: true, subprocess: subprocess), body: "a,b,c")
    #expect(run.log.marks == ["A", "A", "E"])
    #expect(run.result.handledExceptions.count == 1)
  }

  @Test func `a part that cannot be gathered fails the flow at the gather, where it is caught`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > S:Cut > A:Mark > G:Plus > Out:end
      exception OnError
        Caught:error > E:Mark > Told:end
      """, properties: ["E": [("do", "exception")]])
    let run = try await SketchRun(sketch, body: "a,unfit")
    #expect(run.body == "[this cannot be gathered]")
    #expect(run.result.failure?.explanation.places.contains("step 'G' (Plus)") == true)
  }

  @Test func `what the splitter finds broken fails the flow at the splitter`() async throws {
    let run = try await SketchRun(Self.plain, body: "a,b,broken")
    #expect(run.result.failure?.explanation.summary == "the message is broken here")
    #expect(run.result.failure?.explanation.places.contains("step 'S' (Cut)") == true)
  }

  @Test func `too many parts, and splitters too deep within each other, are stopped`() async throws {
    var limits = RunLimits()
    limits.parts = 2
    let many = try await SketchRun(Self.plain, body: "a,b,c", limits: limits)
    #expect(many.result.failure?.explanation.summary == "the message has more than 2 parts")
    limits.forkDepth = 0
    let deep = try await SketchRun(Self.plain, body: "a,b", limits: limits)
    #expect(deep.result.failure?.kind == .limitExceeded)
  }

  // MARK: at the same time

  @Test func `lineages are the same whatever runs at the same time`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > Call:call=Work > Again:call=Work > Out:end
      local Work
        Begin:begin > S:Cut > O:send > Done:stop
      """, channels: [.mail(at: "O")])
    var seen: [[DeliveryPoint]] = []
    for concurrency in [1, 3] {
      let splitter = CommaSplitter(settings: SplitSettings(concurrency: concurrency))
      let run = try await SketchRun(sketch, body: "a,b,c", splitter: splitter)
      seen.append(run.receiver.points.sorted { $0.lineage.lexicographicallyPrecedes($1.lineage) })
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0].map(\.lineage) == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
    #expect(Set(seen[0]).count == 6)
  }

  @Test func `no more parts run at the same time than the splitter says`() async throws {
    let gauge = Gauge()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      gauge.enter()
      for _ in 0..<20 { await Task.yield() }
      gauge.leave()
    }
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > W:Wait > G:Plus > Out:end
      """)
    let body = (0..<40).map(String.init).joined(separator: ",")
    let run = try await SketchRun(
      sketch, body: body, splitter: CommaSplitter(settings: SplitSettings(concurrency: 3)), steps: [step])
    #expect(run.body == body.replacing(",", with: "+"))
    #expect((1...3).contains(gauge.highest))
  }

  @Test func `after the time no part begins, what runs comes to its end, and what was done is gathered`() async throws {
    let flowRun = makeRun(sleep: { _ in })
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      // The first parts wait until the time is over.
      while flowRun.warnings.isEmpty { await Task.yield() }
    }
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > W:Wait > A:Mark > G:Plus > Out:end
      """)
    let splitter = CommaSplitter(settings: SplitSettings(concurrency: 2, timeout: .seconds(1)))
    let run = try await SketchRun(sketch, body: "a,b,c,d", splitter: splitter, steps: [step], in: flowRun)
    #expect(run.log.marks == ["A", "A"])
    #expect(run.result.status == .failed)
    #expect(run.result.uncaughtFailure == nil)
    #expect(run.result.raisedFailure?.failureClass == .temporary)
    #expect(run.result.raisedFailure?.explanation.summary.contains("its time was over after 0 parts") == true)
    #expect(
      run.run.warnings == ["step 'S' (Cut): its time was over after 0 parts; the others were left out"])
  }

  @Test func `a failing part keeps others from beginning, and those under way come to their end`() async throws {
    let gate = Gate()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { exchange throws(FlowFailure) in
      guard exchange.body.textInMemory == "b" else {
        await gate.wait()
        return
      }
      gate.open()
      throw FlowFailure(.stepFailed, class: .permanent, Explanation("b failed"))
    }
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > W:Wait > A:Mark > Out:end
      """)
    let splitter = CommaSplitter(settings: SplitSettings(concurrency: 2))
    let run = try await SketchRun(sketch, body: "a,b,c,d,e,f,g,h", splitter: splitter, steps: [step])
    #expect(run.result.failure?.explanation.summary == "b failed")
    #expect(run.log.marks.count < 8)
    #expect(run.log.marks.first == "A")
  }

  @Test(arguments: [1, 4])
  func `cancelling stops everything`(concurrency: Int) async throws {
    let started = Gate()
    let step = AsyncStep(type: StepType(rawValue: "Wait")) { _ in
      started.open()
      while !Task.isCancelled { await Task.yield() }
    }
    let sketch = FlowSketch(
      """
      main
        In:message > S:Cut > W:Wait > A:Mark > G:Plus > Out:end
      exception OnError
        Caught:error > E:Mark > Told:end
      """)
    let splitter = CommaSplitter(settings: SplitSettings(concurrency: concurrency, stopsOnException: false))
    let task = Task {
      try await SketchRun(
        sketch, body: (0..<100).map(String.init).joined(separator: ","), splitter: splitter, steps: [step])
    }
    await started.wait()
    task.cancel()
    let run = try await task.value
    #expect(run.result.status == .cancelled)
    #expect(run.log.marks.isEmpty)
  }
}

/// How many are in at the same time.
final class Gauge: Sendable {
  private let state = Mutex((now: 0, highest: 0))
  var highest: Int { state.withLock { $0.highest } }

  func enter() {
    state.withLock {
      $0.now += 1
      $0.highest = max($0.highest, $0.now)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}

/// Shut until somebody opens it.
final class Gate: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func wait() async { while !isOpen.withLock({ $0 }) { await Task.yield() } }
}

/// A step that does what the test says, and may wait.
struct AsyncStep: FlowStepFactory, FlowStep {
  let type: StepType
  let action: @Sendable (inout Exchange) async throws(FlowFailure) -> Void

  init(type: StepType, action: @escaping @Sendable (inout Exchange) async throws(FlowFailure) -> Void) {
    self.type = type
    self.action = action
  }

  func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep { self }

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) { try await action(&exchange) }
}
