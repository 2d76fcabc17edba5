import Archives
import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import System
import TenantBase
import TestSupport
import Testing

@Suite struct GatherTests {
  private func gather(
    _ bodies: [String], _ properties: FlowSketch.Properties, namespaces: String = "",
    prepare: (Int, inout Exchange) -> Void = { _, _ in }
  ) async throws -> String? {
    let flow = try StepFlow("Gather", properties, flowProperties: [("namespaceMapping", namespaces)])
    return try await flow.gathered(bodies, prepare: prepare).textInMemory
  }

  private static let head =
    "<?xml version='1.0' encoding='UTF-8'?><multimap:Messages xmlns:multimap=\"http://sap.com/xi/XI/SplitAndMerge\">"

  @Test func `plain text is concatenated`() async throws {
    #expect(try await gather(["a\n", "b", ""], [("aggregationAlgorithm", "concatenate-strategy")]) == "a\nb")
  }

  @Test func `XML of the same format becomes one message of the multi-mapping format`() async throws {
    let bodies = ["<?xml version=\"1.0\"?>\n<note><to>Jack</to></note>\n", "\u{FEFF}<note><!--c--></note>"]
    let expected =
      Self.head
      + "<multimap:Message1><note><to>Jack</to></note><note><!--c--></note></multimap:Message1></multimap:Messages>"
    #expect(try await gather(bodies, [("aggregationAlgorithm", "sap-identical-multi-mapping")]) == expected)
    #expect(try await gather(bodies, [("messageType", "SameXMLFormat")]) == expected)
  }

  @Test func `XML of different formats becomes numbered messages`() async throws {
    #expect(
      try await gather(["<a/>", "<b>x</b>"], [("aggregationAlgorithm", "sap-pi-multi-mapping")])
        == Self.head
        + "<multimap:Message1><a/></multimap:Message1><multimap:Message2><b>x</b></multimap:Message2></multimap:Messages>"
    )
  }

  @Test(arguments: ["no XML", "", "<a>", "<a/><b/>"])
  func `a part that is not XML cannot be combined`(body: String) async throws {
    for algorithm in ["sap-identical-multi-mapping", "sap-pi-multi-mapping"] {
      let text = await failureText {
        _ = try await gather(["<a/>", body], [("aggregationAlgorithm", algorithm)])
      }
      #expect(text?.hasPrefix("the body is not well-formed XML: ") == true)
    }
  }

  @Test func `elements at a path are combined within new ones`() async throws {
    let properties: FlowSketch.Properties = [
      ("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", "/r/file"), ("targetXPath", "/all/item"),
    ]
    #expect(
      try await gather(["<r><file>1</file><file>2</file></r>", "<r><x/></r>", "<r><file>3</file></r>"], properties)
        == "<?xml version='1.0' encoding='UTF-8'?><all><item><file>1</file><file>2</file><file>3</file></item></all>")
    let none = await failureText { _ = try await gather(["<r/>", "<q/>"], properties) }
    #expect(none == "the XPath '/r/file' names no element of any message")
  }

  @Test func `a target with a prefix declares it`() async throws {
    let properties: FlowSketch.Properties = [
      ("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", "//n:a"), ("targetXPath", "/n:list"),
    ]
    #expect(
      try await gather(["<r xmlns=\"http://my\"><a/></r>"], properties, namespaces: "xmlns:n=http://my")
        == "<?xml version='1.0' encoding='UTF-8'?><n:list xmlns:n=\"http://my\"><a xmlns=\"http://my\"/></n:list>")
  }

  @Test func `parts become files of an archive, without the empty ones, each name once`() async throws {
    func names(_ properties: FlowSketch.Properties, headers: [String?]) async throws -> [String] {
      let flow = try StepFlow("Gather", [("aggregationAlgorithm", "enhancedZipAggregationStrategy")] + properties)
      let body = try await flow.gathered(["one", "", "three", "four"]) { index, part in
        part.headers["CamelFileName"] = headers[index].map { .text($0) }
        part.properties["name"] = .text("file.txt")
      }
      let archive = try ZipArchive(body.bytesInMemory ?? [])
      #expect(try archive.contents(of: archive.entries[0]) == Array("one".utf8))
      return archive.entries.map(\.path)
    }
    #expect(
      try await names([("gatherFileNames", "${property.name}")], headers: [nil, nil, nil, nil]) == [
        "file.txt", "file-2.txt", "file-3.txt",
      ])
    #expect(
      try await names([], headers: ["../../a.txt", "b", "/c/d", nil]) == ["a.txt", "c/d", "part-0-3"])
  }

  @Test func `what is gathered goes into a file when it is large`() async throws {
    let folder = try TemporaryFolder()
    let flow = try StepFlow("Gather", [("aggregationAlgorithm", "concatenate-strategy")])
    let part = String(repeating: "x", count: 300_000)
    let body = try await flow.gathered([part, part, part, part], spool: BodySpool(folder: folder.path))
    #expect(body.byteCount == 1_200_000)
    #expect(body.bytesInMemory == nil)
  }

  @Test(arguments: [
    [("aggregationAlgorithm", "tar")], [("aggregationAlgorithm", "xpath-merge-strategy")],
    [("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", "/a"), ("targetXPath", "//b")],
    [("aggregationAlgorithm", "xpath-merge-strategy"), ("sourceXPath", "/a[1]"), ("targetXPath", "/b")],
  ])
  func `what cannot be done is refused before the run`(properties: [(String, String)]) async throws {
    let text = await failureText { _ = try await gather(["<a/>"], properties.map { (key: $0.0, value: $0.1) }) }
    #expect(text != nil)
  }
}
