import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import MessageStore
import TenantBase
import TestSupport
import Testing

@Suite struct AggregatorTests {
  static let usual: FlowDocument.Properties = [
    ("correlationExpression", "/S/School"), ("lastMessageCondition", "/S/Id = '0'"),
    ("aggregationAlgorithm", "sap-id-list"), ("incomingFormat", "XML_SAME_FORMAT"), ("datastoreName", "Agg-1"),
    ("timeout", "60"),
  ]
  static let start: Int64 = 1_795_168_780_000
  let fixture: StepStoreFixture

  init() throws { fixture = try StepStoreFixture() }

  private static func text(_ id: Int, _ school: String) -> String { "<S><Id>\(id)</Id><School>\(school)</School></S>" }

  private static func combined(_ parts: String...) -> String {
    "<?xml version='1.0' encoding='UTF-8'?><multimap:Messages xmlns:multimap=\"http://sap.com/xi/XI/SplitAndMerge\">"
      + "<multimap:Message1>" + parts.joined() + "</multimap:Message1></multimap:Messages>"
  }

  private static func run(_ id: String, minute: Int64 = 0) -> FlowRun {
    FlowRun(
      id: id, flowName: "orders", timeZones: TimeZoneDatabase { _ in nil },
      now: { Timestamp(milliseconds: start + minute * 60_000) })
  }

  /// What goes on of one message, in a run that is not ended.
  private func send(
    _ body: String, run id: String, minute: Int64 = 0, header: String? = nil,
    _ properties: FlowDocument.Properties = usual, in fixture: StepStoreFixture? = nil, handling: String = "Required"
  ) async throws -> [SplitPart] {
    let fixture = fixture ?? self.fixture
    let (element, flow) = try StepStoreFixture.element("Aggregator", properties, handling: handling)
    let factory = try #require(
      StandardSteps(stores: fixture.stores).splitters.first { $0.type == element.type })
    let splitter = try factory.makeSplitter(for: element, in: StepContext(flow: flow))
    var message = exchange(body)
    if let header { message.headers["Who"] = .text(header) }
    var split = try await splitter.split(message, in: Self.run(id, minute: minute))
    #expect(!split.settings.numbersParts)
    var parts: [SplitPart] = []
    while let part = try await split.parts.next() { parts.append(part) }
    return parts
  }

  private func complete(_ id: String, minute: Int64 = 0) throws {
    try fixture.store.completeState(ofRun: id, at: Self.run(id, minute: minute).now())
  }

  private func abandon(_ id: String) throws { try fixture.store.abandonState(ofRun: id, at: Self.run(id).now()) }

  private func texts(_ parts: [SplitPart]) -> [String?] { parts.map(\.body.textInMemory) }

  private func stored() throws -> Int {
    let scope = StateScope(runID: "reader", flowName: "orders", now: Self.run("reader").now(), isTransactional: false)
    return try fixture.store.entries(in: DataStoreName("Agg-1", flow: "orders"), atMost: 100, for: scope).count
  }

  @Test func `messages of several runs go on together with the last one, in their order`() async throws {
    for (id, school, run) in [(1, "North", "a"), (2, "South", "b"), (3, "North", "c")] {
      #expect(try await send(Self.text(id, school), run: run).isEmpty)
      try complete(run)
    }
    let parts = try await send(Self.text(0, "North"), run: "d")
    #expect(
      texts(parts) == [Self.combined(Self.text(1, "North"), Self.text(3, "North"), Self.text(0, "North"))])
    #expect(parts.first?.isOwnMessage == false)
    let headers = Dictionary(uniqueKeysWithValues: (parts.first?.headers ?? []).map { ($0.name, $0.value) })
    #expect(headers == ["CamelAggregatedCompletedBy": .text("predicate"), "AggregateCorrelationId": .text("North")])
    try complete("d")
    #expect(try stored() == 1)
    #expect(texts(try await send(Self.text(0, "North"), run: "e")) == [Self.combined(Self.text(0, "North"))])
  }

  @Test func `parts of one run are collected before the run has ended`() async throws {
    #expect(try await send(Self.text(1, "North"), run: "a").isEmpty)
    let first = try await send(Self.text(0, "North"), run: "a")
    #expect(texts(first) == [Self.combined(Self.text(1, "North"), Self.text(0, "North"))])
    // The next aggregate of the same value begins anew.
    #expect(texts(try await send(Self.text(0, "North"), run: "a")) == [Self.combined(Self.text(0, "North"))])
    try complete("a")
    #expect(try stored() == 0)
  }

  @Test(arguments: ["Required", "Not Required"])
  func `a run that fails after the completion loses nothing that was collected`(_ handling: String) async throws {
    _ = try await send(Self.text(1, "North"), run: "a", handling: handling)
    try complete("a")
    let first = try await send(Self.text(0, "North"), run: "b", handling: handling)
    try abandon("b")
    let again = try await send(Self.text(0, "North"), run: "c", handling: handling)
    #expect(texts(first) == texts(again))
    #expect(texts(again) == [Self.combined(Self.text(1, "North"), Self.text(0, "North"))])
  }

  @Test func `a run that fails has collected nothing`() async throws {
    _ = try await send(Self.text(1, "North"), run: "a")
    try abandon("a")
    #expect(try stored() == 0)
  }

  @Test func `what another run is sending on is not sent twice`() async throws {
    _ = try await send(Self.text(1, "North"), run: "a")
    try complete("a")
    #expect(try await send(Self.text(0, "North"), run: "b").count == 1)
    await #expect {
      _ = try await send(Self.text(0, "North"), run: "c")
    } throws: { ($0 as? FlowFailure)?.failureClass == .temporary }
    // What comes meanwhile is the next aggregate's, and nobody takes the time as over while the other run is at it.
    #expect(try await send(Self.text(2, "North"), run: "d", minute: 61).isEmpty)
    try complete("d", minute: 61)
    try complete("b", minute: 61)
    let next = try await send(Self.text(0, "North"), run: "e", minute: 62)
    #expect(texts(next) == [Self.combined(Self.text(2, "North"), Self.text(0, "North"))])
  }

  @Test func `what a crashed run had taken is free when no run can last so long`() async throws {
    _ = try await send(Self.text(1, "North"), run: "a", Self.usual.filter { $0.0 != "timeout" } + [("timeout", "9000")])
    try complete("a")
    _ = try await send(Self.text(0, "North"), run: "crashed")
    let parts = try await send(
      Self.text(0, "North"), run: "b", minute: 12 * 60 + 1,
      Self.usual.filter { $0.0 != "timeout" } + [("timeout", "9000")])
    #expect(texts(parts) == [Self.combined(Self.text(1, "North"), Self.text(0, "North"))])
  }

  @Test func `of several that complete at once one gets all, and nothing is lost`() async throws {
    for id in 1...5 {
      _ = try await send(Self.text(id, "North"), run: "a\(id)")
      try complete("a\(id)")
    }
    let counts = await withTaskGroup(of: Int.self) { group in
      for index in 0..<6 {
        group.addTask {
          guard let parts = try? await self.send(Self.text(0, "North"), run: "z\(index)") else { return -1 }
          return parts.reduce(0) { $0 + ($1.body.textInMemory ?? "").split(separator: "<S>").count - 1 }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(counts.sorted() == [-1, -1, -1, -1, -1, 6])
  }

  @Test(arguments: [(nil, 60, 0), (nil, 118, 0), (nil, 119, 1), ("first-message", 121, 1), ("first-message", 61, 1)])
  func `after the time any message lets go on what was collected`(
    _ from: String?, _ minute: Int64, _ count: Int
  ) async throws {
    let properties = Self.usual + (from.map { [("timeoutFrom", $0)] } ?? [])
    _ = try await send(Self.text(1, "North"), run: "a", header: "first", properties)
    try complete("a")
    _ = try await send(Self.text(2, "North"), run: "b", minute: 59, header: "second", properties)
    try complete("b", minute: 59)
    let parts = try await send(Self.text(3, "South"), run: "c", minute: minute, header: "other", properties)
    #expect(parts.count == count)
    guard let part = parts.first else { return }
    #expect(part.body.textInMemory == Self.combined(Self.text(1, "North"), Self.text(2, "North")))
    #expect(part.isOwnMessage)
    #expect(part.headers.first { $0.name == "CamelAggregatedCompletedBy" }?.value == .text("timeout"))
    #expect(part.headers.first { $0.name == "Who" }?.value == .text("second"))
    #expect(part.headers.first { $0.name == "AggregateCorrelationId" }?.value == .text("North"))
    try complete("c", minute: minute)
    #expect(try stored() == 1)
  }

  @Test func `a message that comes too late begins the next aggregate`() async throws {
    _ = try await send(Self.text(1, "North"), run: "a")
    try complete("a")
    let parts = try await send(Self.text(0, "North"), run: "b", minute: 60)
    #expect(texts(parts) == [Self.combined(Self.text(1, "North")), Self.combined(Self.text(0, "North"))])
  }

  @Test func `in sequence the messages are sorted by their number`() async throws {
    let properties: FlowDocument.Properties = [
      ("correlationExpression", "/S/School"), ("lastMessageCondition", "/S/Id = '11'"), ("datastoreName", "Agg-1"),
      ("aggregationAlgorithm", "sap-sequenced-id-list"), ("messageSequenceExpression", "/S/Id"),
    ]
    for id in [10, 2, 12, 1] {
      _ = try await send(Self.text(id, "N"), run: "a\(id)", properties)
      try complete("a\(id)")
    }
    let parts = try await send(Self.text(11, "N"), run: "z", properties)
    let wanted = Self.combined(
      Self.text(1, "N"), Self.text(2, "N"), Self.text(10, "N"), Self.text(11, "N"), Self.text(12, "N"))
    #expect(texts(parts) == [wanted])
    for body in ["<S><School>N</School></S>", "<S><Id>x</Id><School>N</School></S>", Self.text(0, "N")] {
      await #expect(throws: FlowFailure.self) { try await send(body, run: "y", properties) }
    }
  }

  @Test(arguments: ["", "text", "<S><School/></S>", "<S/>", "<S>"])
  func `a message without correlation value, or that is no XML, fails`(_ body: String) async throws {
    await #expect(throws: FlowFailure.self) { try await send(body, run: "a") }
    #expect(try stored() == 0)
  }

  @Test(arguments: [true, false])
  func `what is collected is encrypted where there is a keystore`(_ hasKey: Bool) async throws {
    let fixture = try StepStoreFixture(hasKey: hasKey)
    _ = try await send(Self.text(1, "North"), run: "a", in: fixture, handling: "Not Required")
    let scope = StateScope(runID: "r", flowName: "orders", now: Self.run("r").now(), isTransactional: false)
    let entry = try #require(
      try fixture.store.entries(in: DataStoreName("Agg-1", flow: "orders"), atMost: 9, for: scope).first)
    #expect(entry.isEncrypted == hasKey)
    #expect(!entry.id.contains("North"))
    #expect(try fixture.store.message(of: entry)?.body.textInMemory == Self.text(1, "North"))
  }

  @Test(arguments: [
    ("correlationExpression", "", "error step-value-missing"), ("correlationExpression", "/a[", "error xpath-bad"),
    ("timeout", "0", "error aggregator-timeout"), ("timeout", "216001", "error aggregator-timeout"),
    ("timeout", "soon", "error aggregator-timeout"), ("incomingFormat", "Plain_Text", "error step-option-unsupported"),
    ("aggregationAlgorithm", "zip", "error step-option-unsupported"),
    ("aggregationAlgorithm", "sap-sequenced-id-list", "error step-value-missing"),
    ("datastoreName", "", "error data-store-name"), ("timeout", "216000", nil), ("timeout", "", nil),
    ("lastMessageCondition", "", nil),
  ])
  func `the check and the step agree on the properties`(_ key: String, _ value: String, _ finding: String?) throws {
    let properties = Self.usual.filter { $0.0 != key } + [(key, value)]
    #expect(try StepStoreFixture.findings("Aggregator", properties) == (finding.map { [$0] } ?? []))
    let (element, flow) = try StepStoreFixture.element("Aggregator", properties)
    let factory = AggregatorFactory()
    if finding == nil {
      _ = try factory.makeSplitter(for: element, in: StepContext(flow: flow))
    } else {
      #expect(throws: FlowFailure.self) { try factory.makeSplitter(for: element, in: StepContext(flow: flow)) }
    }
  }
}
