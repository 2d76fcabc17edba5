import FlowEngine
import System
import TenantBase

/// Texts one after the other.
struct ConcatenatedParts: GatheredParts {
  let writer: BodyWriter

  mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure) {
    try storing { () throws(SystemError) in try writer.append(part.body) }
  }

  mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody { try finishing(writer) }
}

/// XML documents as SAP's multi-mapping wants them.
struct CombinedXML: GatheredParts {
  let writer: BodyWriter
  /// Each in an element of its own.
  let numbersMessages: Bool
  private var count = 0

  init(writer: BodyWriter, numbersMessages: Bool) {
    self.writer = writer
    self.numbersMessages = numbersMessages
  }

  private static let head =
    "<?xml version='1.0' encoding='UTF-8'?><multimap:Messages xmlns:multimap=\"http://sap.com/xi/XI/SplitAndMerge\">"

  mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure) {
    count += 1
    let (isFirst, number) = (count == 1, count)
    try write((isFirst ? Self.head : "") + (isFirst || numbersMessages ? "<multimap:Message\(number)>" : ""))
    try copyDocument(part.body)
    if numbersMessages { try write("</multimap:Message\(number)>") }
  }

  /// The root element with what is in it; neither declaration nor blanks around it.
  private func copyDocument(_ body: MessageBody) throws(FlowFailure) {
    var reader = try XMLTokenReader(body)
    var isWithin = false
    while let piece = try reader.next() {
      if case .startTag = piece.kind { isWithin = true }
      guard isWithin, piece.kind != .declaration else { continue }
      try storing { () throws(SystemError) in try writer.append(piece.bytes) }
      if reader.openElements.isEmpty { isWithin = false }
    }
  }

  private func write(_ text: String) throws(FlowFailure) {
    try storing { () throws(SystemError) in try writer.append(text) }
  }

  mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody {
    try write((numbersMessages ? "" : "</multimap:Message1>") + "</multimap:Messages>")
    return try finishing(writer)
  }
}

/// The elements at a path of each document, within new elements.
struct XMLAtPath: GatheredParts {
  let writer: BodyWriter
  let source: XMLPath
  let target: XMLTarget
  private var hasBegun = false
  private var found = 0

  init(writer: BodyWriter, source: XMLPath, target: XMLTarget) {
    self.writer = writer
    self.source = source
    self.target = target
  }

  mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure) {
    if !hasBegun {
      hasBegun = true
      try storing { () throws(SystemError) in try writer.append(target.head) }
    }
    var cutter = try XMLElementCutter(part.body, source, keepsEnvelope: false)
    while let element = try cutter.next() {
      found += 1
      try storing { () throws(SystemError) in try writer.append(element) }
    }
  }

  mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody {
    guard found > 0 else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the XPath '\(PrintableText.escaping(source.source))' names no element of any message"))
    }
    try storing { () throws(SystemError) in try writer.append(target.tail) }
    return try finishing(writer)
  }
}

/// The elements that hold what was gathered: `/n:Orders/List`.
struct XMLTarget: Sendable, Equatable {
  let head: String
  let tail: String

  init(_ path: XMLPath, namespaces: [(prefix: String, uri: String)]) {
    var head = "<?xml version='1.0' encoding='UTF-8'?>"
    var tail = ""
    var declared: Set<String> = []
    for step in path.steps {
      let prefix = step.uri.flatMap { uri in namespaces.last { $0.uri == uri }?.prefix } ?? ""
      let name = prefix.isEmpty ? step.localName : "\(prefix):\(step.localName)"
      head += "<\(name)"
      if let uri = step.uri, declared.insert(prefix).inserted {
        head += " xmlns\(prefix.isEmpty ? "" : ":" + prefix)=\"\(uri.replacing("&", with: "&amp;"))\""
      }
      head += ">"
      tail = "</\(name)>" + tail
    }
    self.head = head
    self.tail = tail
  }
}

func storing(_ work: () throws(SystemError) -> Void) throws(FlowFailure) {
  do throws(SystemError) { try work() } catch { throw FlowFailure(.stepFailed, from: error) }
}

func finishing(_ writer: BodyWriter) throws(FlowFailure) -> MessageBody {
  do throws(SystemError) { return try writer.finish() } catch { throw FlowFailure(.stepFailed, from: error) }
}
