import Expressions
import FlowEngine
import FlowModel
import MIME
import System
import TenantBase

/// One element of a trace, and its files.
struct TracedElement {
  private let passage: ElementPassage
  private let flowName: String
  private let number: Int

  init(_ passage: ElementPassage, flowName: String, number: Int) {
    self.passage = passage
    self.flowName = flowName
    self.number = number
  }

  func write(below parent: String) throws(SystemError) {
    let folder = FilePath.join(parent, folderName)
    try Folder.create(folder)
    let exchange = passage.exchange
    try write(Self.json(exchange.headers.names.map { ($0, exchange.headers[$0] ?? .null) }), to: "headers.json", folder)
    let properties = exchange.properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    try write(Self.json(properties), to: "properties.json", folder)
    try FileContents.create(FilePath.join(folder, "body"), with: try Self.start(of: exchange.body))
    let attachments = try writeAttachments(below: folder)
    try write(description(attachments), to: "element.json", folder)
  }

  /// `0003 Set Subject`.
  private var folderName: String {
    let digits = String(number)
    let name = AttachmentNames.safe(passage.elementName.isEmpty ? passage.elementID : passage.elementName)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + " " + (name.isEmpty ? "element" : name)
  }

  private func description(_ attachments: [JSONValue]) -> JSONValue {
    let body = passage.exchange.body
    return [
      "flow": .string(flowName), "element": .string(passage.elementID), "name": .string(passage.elementName),
      "type": .string(passage.elementType.rawValue), "process": .string(passage.processID),
      "exchange": .string(passage.exchange.id), "lineage": .array(passage.exchange.lineage.map { .number($0) }),
      "durationMilliseconds": .number(RunDuration.milliseconds(passage.duration)),
      "route": passage.route.map { ["id": .string($0.id), "name": .string($0.name)] } ?? .null,
      "error": passage.failure.map { .string($0.explanation.summary) } ?? .null,
      "bodyBytes": .number(body.byteCount), "bodyIsCut": .bool(body.byteCount > TraceFolder.contentLimit),
      "attachments": .array(attachments),
    ]
  }

  private func writeAttachments(below folder: String) throws(SystemError) -> [JSONValue] {
    let attachments = passage.exchange.attachments.prefix(TraceFolder.attachmentLimit)
    guard !attachments.isEmpty else { return [] }
    let place = FilePath.join(folder, "attachments")
    try Folder.create(place)
    var names = AttachmentNames()
    var result: [JSONValue] = []
    for (index, attachment) in attachments.enumerated() {
      let name = names.unique(attachment.name, fallback: "attachment-\(index + 1)", mediaType: attachment.mediaType)
      try FileContents.create(FilePath.join(place, name), with: try Self.start(of: attachment.content))
      result.append([
        "name": .string(attachment.name), "file": .string(name), "mediaType": .string(attachment.mediaType),
        "bytes": .number(attachment.content.byteCount),
        "isCut": .bool(attachment.content.byteCount > TraceFolder.contentLimit),
      ])
    }
    return result
  }

  private func write(_ value: JSONValue, to name: String, _ folder: String) throws(SystemError) {
    try FileContents.create(FilePath.join(folder, name), with: Array((value.text(.pretty) + "\n").utf8))
  }

  private static func json(_ values: [(String, ExpressionValue)]) -> JSONValue {
    .object(values.map { JSONValue.Member($0.0, .string($0.1.text)) })
  }

  private static func start(of body: MessageBody) throws(SystemError) -> [UInt8] {
    var reader = body.makeReader()
    var bytes: [UInt8] = []
    while bytes.count < TraceFolder.contentLimit,
      let chunk = try reader.nextChunk(atMost: TraceFolder.contentLimit - bytes.count)
    {
      bytes += chunk
    }
    return bytes
  }
}

/// Durations as reports tell them.
package enum RunDuration {
  package static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
  }
}
