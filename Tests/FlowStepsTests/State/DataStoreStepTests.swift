import Expressions
import FlowEngine
import FlowSteps
import MessageStore
import TenantBase
import TestSupport
import Testing

struct DataStoreStepTests {
  private let fixture: StepStoreFixture

  init() throws { fixture = try StepStoreFixture() }

  private func properties(
    _ operation: String, _ further: FlowDocument.Properties = [], store: String = "Store",
    visibility: String = "global"
  ) -> FlowDocument.Properties {
    [("operation", operation), ("storageName", store), ("visibility", visibility)] + further
  }

  private func put(
    _ body: String, _ further: FlowDocument.Properties, headers: [String: String] = [:], visibility: String = "global"
  ) async throws -> Exchange {
    var message = exchange(body)
    for name in headers.keys.sorted() { message.headers[name] = headers[name].map { .text($0) } }
    return try await fixture.run("DBstorage", properties("put", further, visibility: visibility), on: message)
  }

  private func get(_ further: FlowDocument.Properties, on message: Exchange = Exchange(id: "x")) async throws
    -> Exchange
  {
    try await fixture.run("DBstorage", properties("get", further), on: message)
  }

  @Test func `without an entry ID one is made, and the header names it`() async throws {
    let result = try await put("<a/>", [])
    let id = try #require(result.headers["SapDataStoreId"]?.text)
    #expect(id.count == 36 && id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    #expect(try fixture.entry(id)?.isEncrypted == true)
    #expect(try await get([], on: result).body.textInMemory == "<a/>")
  }

  @Test(
    "the entry ID comes from the step, else from the header",
    arguments: [
      ([("messageId", "${header.receiver}")], "R1"), ([("messageId", "${xpath./root/code/text()}")], "C1"),
      ([("messageId", "")], "H1"), ([], "H1"), ([("messageId", "7")], "7"),
    ] as [(FlowDocument.Properties, String)])
  func entryID(_ further: FlowDocument.Properties, _ expected: String) async throws {
    _ = try await put(
      "<root><code>C1</code></root>", further, headers: ["receiver": "R1", "SapDataStoreId": "H1"])
    #expect(try fixture.entry(expected) != nil)
  }

  @Test func `what was written is got and deleted by the header that Write has set`() async throws {
    let written = try await put("<a/>", [("messageId", "7")])
    #expect(written.headers["SapDataStoreId"] == .text("7"))
    #expect(try await get([("dataStoreId", "")], on: written).body.textInMemory == "<a/>")
    _ = try await fixture.run("DBstorage", properties("delete", [("messageId", "")]), on: written)
    #expect(try fixture.entry("7") == nil)
  }

  @Test func `an empty entry is selected as an empty message`() async throws {
    _ = try await put("", [("messageId", "1")])
    let result = try await fixture.run("DBstorage", properties("select"))
    #expect(result.body.textInMemory?.contains("<message id=\"1\">\n\n</message>") == true)
  }

  @Test func `expiry, alert and visibility are the step's`() async throws {
    _ = try await put("<a/>", [("messageId", "1"), ("expire", "90"), ("alert", "5"), ("encrypt", "false")])
    let entry = try #require(try fixture.entry("1"))
    let now = makeRun().now()
    #expect(entry.expiresOn == now.advanced(byDays: 90) && entry.overdueOn == now.advanced(byDays: 5))
    #expect(!entry.isEncrypted)
    _ = try await put("<b/>", [("messageId", "1")], visibility: "local")
    let local = try #require(try fixture.entry("1", flow: "Orders"))
    #expect(local.expiresOn == now.advanced(byDays: 30) && local.overdueOn == now.advanced(byDays: 2))
  }

  @Test func `a duplicate fails the message, and overwriting does not`() async throws {
    _ = try await put("<a/>", [("messageId", "1")])
    let failure = await stepFailure { try await put("<b/>", [("messageId", "1"), ("override", "false")]) }
    #expect(failure?.contains("DuplicateEntryException") == true)
    _ = try await put("<c/>", [("messageId", "1"), ("override", "true")])
    #expect(try await get([("dataStoreId", "1")]).body.textInMemory == "<c/>")
  }

  @Test func `headers are kept on request, but for those of the runtime, and come back with Get`() async throws {
    let headers = ["Subject": "s", "CamelFileName": "f", "SAP_Sender": "x"]
    _ = try await put("<a/>", [("messageId", "1"), ("includeMessageHeaders", "true")], headers: headers)
    _ = try await put("<a/>", [("messageId", "2")], headers: headers)
    let result = try await get([("dataStoreId", "1")])
    #expect(result.headers.names == ["Subject", "SAP_DataStoreCreatedAt", "SAP_DataStoreExpiresAt"])
    #expect(result.headers["SAP_DataStoreCreatedAt"] == .date(makeRun().now()))
    #expect(try await get([("dataStoreId", "2")]).headers["Subject"] == nil)
  }

  @Test func `a missing entry fails the message, or is told by a header`() async throws {
    let failure = await stepFailure { try await get([("dataStoreId", "none")]) }
    #expect(failure == "there is no entry 'none' in the data store 'Store'")
    let quiet = try await get([("dataStoreId", "none"), ("stopOnMissingEntry", "false")], on: exchange("as it was"))
    #expect(quiet.headers["SAP_DatastoreEntryFound"] == .boolean(false))
    #expect(quiet.body.textInMemory == "as it was")
    #expect(await stepFailure { try await get([]) } != nil)
  }

  @Test func `Get with Delete on Completion leaves the entry until the run completes`() async throws {
    _ = try await put("<a/>", [("messageId", "1")])
    _ = try await get([("dataStoreId", "1"), ("delete", "true")])
    #expect(try fixture.entry("1") != nil)
    try fixture.store.completeState(ofRun: "run1", at: makeRun().now())
    #expect(try fixture.entry("1") == nil)
  }

  @Test func `Select makes one document of the entries`() async throws {
    for (id, body) in [
      ("1", "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>1</a>"), ("x<&\"", "<b/>"), ("3", "<c/>"),
    ] { _ = try await put(body, [("messageId", id)]) }
    let two = try await fixture.run("DBstorage", properties("select", [("maxresults", "2")]))
    #expect(
      two.body.textInMemory == """
        <?xml version="1.0" encoding="UTF-8"?>
        <messages>
        <message id="1">
        <a>1</a>
        </message>
        <message id="x&lt;&amp;&quot;">
        <b/>
        </message>
        </messages>
        """)
    let one = try await fixture.run("DBstorage", properties("select"))
    #expect(one.body.textInMemory?.split(separator: "<message id").count == 2)
    var message = Exchange(id: "x")
    message.headers["SapDataStoreMaxResults"] = .text("10")
    let all = try await fixture.run(
      "DBstorage", properties("select", [("maxresults", "1"), ("delete", "true")]), on: message)
    #expect(all.body.textInMemory?.split(separator: "<message id").count == 4)
    try fixture.store.completeState(ofRun: "run1", at: makeRun().now())
    let none = try await fixture.run("DBstorage", properties("select", [("maxresults", "999999999")]))
    #expect(none.body.textInMemory == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<messages>\n</messages>")
  }

  @Test(
    "what cannot stand inside of XML cannot be selected",
    arguments: [
      "text", "{\"a\":1}", "<a>", "<!DOCTYPE a><a/>", "<a/></message><message id=\"2\"><b/>",
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
    ])
  func notXML(_ body: String) async throws {
    _ = try await put(body, [("messageId", "1")])
    let failure = await stepFailure { try await fixture.run("DBstorage", properties("select")) }
    #expect(failure?.hasPrefix("entry '1' cannot be selected") == true, "\(failure ?? "")")
    #expect(try await get([("dataStoreId", "1")]).body.textInMemory == body)
  }

  @Test func `Delete takes the step's ID, all nodes of an XPath, the header, or the whole body`() async throws {
    for id in ["1", "2", "3", "4", "5", "6"] { _ = try await put("<a/>", [("messageId", id)]) }
    _ = try await fixture.run("DBstorage", properties("delete", [("messageId", "1")]))
    _ = try await fixture.run(
      "DBstorage", properties("delete", [("messageId", "${xpath./r/id/text()}")]),
      on: exchange("<r><id>2</id><id>3</id><id>none</id></r>"))
    var message = exchange("5")
    message.headers["SapDataStoreId"] = .text("4")
    _ = try await fixture.run("DBstorage", properties("delete"), on: message)
    #expect(try ["1", "2", "3", "4", "5", "6"].filter { try fixture.entry($0) != nil } == ["5", "6"])
    _ = try await fixture.run("DBstorage", properties("delete"), on: exchange("5"))
    #expect(try fixture.entry("5") == nil)
    #expect(try fixture.entry("6") != nil)
  }

  @Test func `names and IDs beyond SAP's limits fail the message`() async throws {
    var message = exchange("<a/>")
    message.headers["long"] = .text(String(repeating: "x", count: 41))
    for further in [[("storageName", "${header.long}")], [("messageId", String(repeating: "x", count: 256))]] {
      let failure = await stepFailure {
        try await fixture.run("DBstorage", [("operation", "put"), ("storageName", "Store")] + further, on: message)
      }
      #expect(failure != nil)
    }
    #expect(throws: FlowFailure.self) { try fixture.makeStep("DBstorage", properties("put", store: "two words")) }
    _ = try await put("<a/>", [("messageId", String(repeating: "x", count: 255))])
  }

  @Test func `what is to be encrypted fails without a keystore, with the command that makes one`() async throws {
    let bare = try StepStoreFixture(hasKey: false)
    do {
      _ = try await bare.run("DBstorage", properties("put", [("encrypt", "true")]), on: exchange("<a/>"))
      Issue.record("it must fail")
    } catch let error as FlowFailure {
      #expect(error.explanation.hints == ["make it: tenant init"])
      #expect(error.failureClass == .configuration)
    }
    _ = try await bare.run("DBstorage", properties("put", [("encrypt", "false")]), on: exchange("<a/>"))
  }

  @Test func `what is wrong with the properties is found before a run`() throws {
    func findings(_ properties: FlowDocument.Properties, hasKeystore: Bool? = true) throws -> [String] {
      try StepStoreFixture.findings("DBstorage", properties, hasKeystore: hasKeystore)
    }
    #expect(try findings([("operation", "get")]) == ["error data-store-unnamed"])
    #expect(try findings(properties("put", store: "two words")) == ["error data-store-name"])
    #expect(try findings(properties("put", [("expire", "181")])) == ["error data-store-days"])
    #expect(try findings(properties("put", [("expire", "x"), ("alert", "0")])).count == 2)
    #expect(try findings(properties("put", [("expire", "3"), ("alert", "2")])) == ["warning data-store-days"])
    #expect(try findings(properties("select", [("maxresults", "0")])) == ["error data-store-count"])
    #expect(try findings(properties("put"), hasKeystore: false) == ["error keystore-missing"])
    #expect(try findings(properties("put"), hasKeystore: nil).isEmpty)
    #expect(try findings(properties("put", [("messageId", "${header.x")])) == ["warning expression-bad"])
    #expect(try StepStoreFixture.findings("Persist", [], hasKeystore: false).count == 2)
  }

  @Test func `Persist keeps the message when its run completes`() async throws {
    _ = try await fixture.run("Persist", [("stepid", "AfterMapping"), ("enableEncrypt", "true")], on: exchange("<a/>"))
    #expect(try fixture.store.persistedMessages(atMost: 1, at: makeRun().now()).isEmpty)
    try fixture.store.completeState(ofRun: "run1", at: makeRun().now())
    let kept = try #require(try fixture.store.persistedMessages(atMost: 1, at: makeRun().now()).first)
    #expect(kept.stepID == "AfterMapping" && kept.isEncrypted)
    #expect(try fixture.store.content(ofPersisted: kept.number, at: makeRun().now())?.body.textInMemory == "<a/>")
  }
}
