import Expressions
import FlowEngine
import FlowModel
import System
import TenantBase
import TestSupport
import Testing

@testable import TenantRuntime

@Suite struct ChannelAnswersTests {
  private func answer(_ text: String) throws -> PartnerAnswer {
    try PartnerAnswer(httpAnswer: Array(text.utf8), name: "price.http")
  }

  struct HTTPCase: Sendable, CustomTestStringConvertible {
    let file: String
    let status: Int
    let statusText: String
    let headers: [String]
    let body: String

    var testDescription: String { file.replacing("\r", with: "\\r").replacing("\n", with: "\\n") }

    static let all: [HTTPCase] = [
      HTTPCase(
        file: "HTTP/1.1 201 Created\r\nContent-Type: a/b\r\nX:1\r\n\r\nbody\r\n\r\nmore", status: 201,
        statusText: "201 Created", headers: ["Content-Type=a/b", "X=1"], body: "body\r\n\r\nmore"),
      HTTPCase(file: "404\n\nnot there", status: 404, statusText: "404", headers: [], body: "not there"),
      HTTPCase(file: "A: b\n\nbody", status: 200, statusText: "200 OK", headers: ["A=b"], body: "body"),
      HTTPCase(file: "\nbody", status: 200, statusText: "200 OK", headers: [], body: "body"),
      HTTPCase(file: "", status: 200, statusText: "200 OK", headers: [], body: ""),
      HTTPCase(file: "204 No Content", status: 204, statusText: "204 No Content", headers: [], body: ""),
    ]
  }

  @Test(arguments: HTTPCase.all)
  func `a file of HTTP holds status, headers and body`(_ example: HTTPCase) throws {
    let answer = try answer(example.file)
    #expect(answer.status == example.status)
    #expect(answer.statusText == example.statusText)
    let headers = answer.reply.headers.map { "\($0.name)=\($0.value.text)" }
    #expect(headers == example.headers + ["CamelHttpResponseCode=\(example.status)"])
    #expect(answer.reply.body.textInMemory == example.body)
  }

  @Test(arguments: ["HTTP/1.1 OK\n\n", "99\n\n", "600 x\n\n", "no colon\n\n", ": value\n\n"])
  func `what is no HTTP answer is refused by its file's name`(_ text: String) {
    let error = #expect(throws: FlowFailure.self) { try answer(text) }
    #expect(error?.failureClass == .badInput)
    #expect(error?.explanation.summary.contains("'price.http' is no HTTP answer") == true)
  }

  private func flow() throws -> IntegrationFlow {
    let document = FlowDocument(
      [
        .message,
        FlowDocument.Node("serviceTask", id: "Ask", name: "Ask", properties: [("activityType", "ExternalCall")]),
        .end,
      ],
      channels: [
        .init(
          id: "MessageFlow_7", at: "Ask",
          [("Name", "Prices"), ("ComponentType", "HTTP"), ("direction", "Receiver"), ("TransportProtocol", "HTTP")])
      ])
    return try IntegrationFlowReader().read(document.bytes, file: "orders.iflw")
  }

  private func run(_ answers: ChannelAnswers, _ flow: IntegrationFlow) async throws -> (Exchange, FlowRun) {
    let registry = FlowRegistry(steps: [], receivers: [], standIns: answers)
    let run = FlowRun(
      id: "run1", flowName: "Orders", timeZones: TimeZoneDatabase { _ in nil }, now: { Timestamp(milliseconds: 0) })
    let plan = try FlowCompiler(flow, registry: registry).compile()
    return (try await FlowRunner(plan).run(Exchange(id: "x"), in: run), run)
  }

  @Test(arguments: ["Prices", "MessageFlow_7"])
  func `a file plays the partner of a channel, by its name or id`(_ channel: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write("HTTP/1.1 200 OK\nCurrency: EUR\n\n42", to: "answer.http")
    let answers = try ChannelAnswers([.init(channel: channel, path: folder("answer.http"))], for: flow())
    let (exchange, run) = try await run(answers, flow())
    #expect(exchange.body.textInMemory == "42")
    #expect(exchange.headers["currency"] == .text("EUR"))
    let notes = run.channelReports.flatMap(\.notes)
    #expect(notes.count == 1)
    #expect(notes.first?.hasPrefix("test: call 1 was answered from ") == true)
  }

  @Test func `a folder answers one call with each file, in the order of their names`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("second", to: "2.txt")
    try folder.write("first", to: "1.txt")
    try folder.write("never", to: ".hidden")
    let answers = try ChannelAnswers([.init(channel: "Prices", path: folder.path)], for: flow())
    #expect(try await run(answers, flow()).0.body.textInMemory == "first")
    #expect(try await run(answers, flow()).0.body.textInMemory == "second")
    await #expect(throws: FlowFailure.self) { try await run(answers, flow()) }
  }

  @Test func `an answer of 400 and above fails as the HTTP adapter does`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("503 Service Unavailable\n\nlater", to: "answer.http")
    let answers = try ChannelAnswers([.init(channel: "Prices", path: folder("answer.http"))], for: flow())
    do {
      _ = try await run(answers, flow())
      Issue.record("it did not fail")
    } catch let error as FlowFailure {
      #expect(error.explanation.summary == "HTTP operation failed: 503 Service Unavailable")
    }
  }

  @Test func `a channel that is not there is refused with those that are`() throws {
    let error = #expect(throws: RunRefusal.self) {
      try ChannelAnswers([.init(channel: "Price", path: "/dev/null")], for: flow())
    }
    #expect(error?.failureClass == .usage)
    #expect(error?.explanation.cause == "it has 'Prices' (HTTP receiver, id MessageFlow_7)")
  }

  @Test func `a mail channel is not played, and a missing file is told`() throws {
    let mail = try IntegrationFlowReader().read(FlowDocument.mail([]).bytes, file: "mail.iflw")
    let error = #expect(throws: RunRefusal.self) {
      try ChannelAnswers([.init(channel: "Mail", path: "/dev/null")], for: mail)
    }
    #expect(error?.explanation.hints.first?.contains("--dry-run") == true)
    #expect(throws: RunRefusal.self) { try ChannelAnswers([.init(channel: "Prices", path: "/nowhere")], for: flow()) }
  }
}
