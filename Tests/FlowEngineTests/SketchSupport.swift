import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import Synchronization
import TenantBase
import TestSupport

/// Writes its element's id into the body, behind what is there; its property `do` says what else it does.
struct MarkStep: FlowStepFactory {
  let type = StepType(rawValue: "Mark")
  let log: PathLog

  func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    Marker(id: element.id, work: element.properties.text("do"), log: log)
  }

  private struct Marker: FlowStep {
    let id: String
    let work: String
    let log: PathLog

    func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
      log.add(exchange.lineage, id)
      let text = exchange.body.textInMemory ?? ""
      if work == "fail" || (work.hasPrefix("fail on ") && text.contains(work.dropFirst(8))) {
        throw FlowFailure(
          .stepFailed, class: .permanent, Explanation("\(id) failed", cause: "it was told to"))
      }
      switch work {
      case "quote": exchange.body = MessageBody(text: "<\(text)>")
      case "header": exchange.headers["Mark"] = .text(id)
      case "property": exchange.properties["Mark"] = .text(id)
      case "exception":
        let view = ExchangeView(of: exchange, in: run)
        exchange.body = MessageBody(text: "[\(view.exception?.message ?? "none")]")
      case "trace":
        let view = ExchangeView(of: exchange, in: run)
        exchange.body = MessageBody(text: view.exception?.stackTrace ?? "none")
      case "split":
        let names = ["CamelSplitIndex", "CamelSplitSize", "CamelSplitComplete"]
        let values = names.map { exchange.properties[$0]?.text ?? "-" }
        exchange.body = MessageBody(text: "\(text)(\(values.joined(separator: "/")))")
      case "loop": exchange.body = MessageBody(text: text + (exchange.properties["CamelLoopIndex"]?.text ?? "-"))
      default: exchange.body = MessageBody(text: text + id)
      }
    }
  }
}

/// What passed where, by the lineage of the message.
final class PathLog: Sendable, FlowObserver {
  private let entries = Mutex<[(lineage: [Int], id: String)]>([])
  private let passages = Mutex<[ElementPassage]>([])

  func add(_ lineage: [Int], _ id: String) { entries.withLock { $0.append((lineage, id)) } }

  func passed(_ passage: ElementPassage) { passages.withLock { $0.append(passage) } }

  /// The ids of the marks, in the order in which they ran.
  var marks: [String] { entries.withLock { $0.map(\.id) } }
  var observed: [ElementPassage] { passages.withLock { $0 } }
}

/// Splits the body at commas; `settings` as the test wants.
struct CommaSplitter: SplitterFactory, Splitter {
  let type = StepType(rawValue: "Cut")
  var settings = SplitSettings()
  var knowsCount = true
  var makesOwnMessages = false

  func makeSplitter(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Splitter {
    var copy = self
    if element.properties["stop"] == "false" { copy.settings.stopsOnException = false }
    return copy
  }

  func split(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Split {
    let parts = (exchange.body.textInMemory ?? "").split(separator: ",").map(String.init)
    return Split(
      settings: settings,
      parts: Parts(
        count: knowsCount ? parts.count : nil, makesOwnMessages: makesOwnMessages, rest: parts[...]))
  }

  private struct Parts: SplitParts {
    let count: Int?
    let makesOwnMessages: Bool
    var rest: ArraySlice<String>

    mutating func next() async throws(FlowFailure) -> SplitPart? {
      guard let first = rest.popFirst() else { return nil }
      guard first != "broken" else {
        throw FlowFailure(.stepFailed, class: .permanent, Explanation("the message is broken here"))
      }
      var part = SplitPart(body: MessageBody(text: first), headers: [("Part", .text(first))])
      part.properties = [("Own", .text(first))]
      part.isOwnMessage = makesOwnMessages
      return part
    }
  }
}

/// Joins bodies with `+`.
struct PlusGatherer: GathererFactory, Gatherer {
  let type = StepType(rawValue: "Plus")

  func makeGatherer(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Gatherer { self }

  func makeCollection(in run: FlowRun) throws(FlowFailure) -> any GatheredParts { Parts() }

  private struct Parts: GatheredParts {
    var bodies: [String] = []

    mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure) {
      let text = part.body.textInMemory ?? ""
      guard !text.contains("unfit") else {
        throw FlowFailure(.stepFailed, class: .permanent, Explanation("this cannot be gathered"))
      }
      bodies.append(text)
    }

    mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody {
      MessageBody(text: bodies.joined(separator: "+"))
    }
  }
}

/// A flow of a sketch, its run and what came of it.
struct SketchRun {
  let result: RunResult
  let log: PathLog
  let receiver: RecordingReceiver
  let run: FlowRun

  var body: String? { result.exchange.body.textInMemory }

  init(
    _ sketch: FlowSketch, body: String = "in", splitter: CommaSplitter = CommaSplitter(),
    receiver: RecordingReceiver = RecordingReceiver(), steps: [any FlowStepFactory] = [],
    limits: RunLimits = RunLimits(), from start: String? = nil, in run: FlowRun = makeRun(),
    prepare: (inout Exchange) -> Void = { _ in }
  ) async throws {
    let log = PathLog()
    let registry = FlowRegistry(
      steps: [MarkStep(log: log), ContentModifierFactory()] + steps, splitters: [splitter],
      gatherers: [PlusGatherer()], receivers: [receiver])
    let flow = try IntegrationFlowReader().read(sketch.bytes, file: "orders.iflw")
    let plan = try FlowCompiler(flow, registry: registry).compile()
    var exchange = Exchange(id: "x")
    exchange.body = MessageBody(text: body)
    prepare(&exchange)
    result = await FlowRunner(plan, limits: limits, observer: log).execute(
      exchange, from: start.flatMap { name in plan.starts.first { $0.isNamed(name) } }, in: run)
    self.log = log
    self.receiver = receiver
    self.run = run
  }
}

extension FlowDocument.Channel {
  static func mail(at nodeID: String) -> FlowDocument.Channel {
    FlowDocument.Channel(
      id: "Mail\(nodeID)", at: nodeID,
      [("Name", "Mail"), ("ComponentType", "Mail"), ("direction", "Receiver"), ("TransportProtocol", "SMTP")])
  }
}
