import Expressions
import FlowEngine
import FlowModel
import System
import TenantBase

/// The general splitter, which keeps the enveloping elements, and the iterating splitter, which does not.
struct BodySplitter: Splitter {
  enum Cut: Sendable {
    /// Where the expression names no header or property it is read when the step is made.
    case xpath(ExpressionTemplate, read: XMLPath?)
    case lines
    case token(String)
  }

  let cut: Cut
  let keepsEnvelope: Bool
  let grouping: ExpressionTemplate?
  let isStreaming: Bool
  let settings: SplitSettings
  let namespaces: [Namespace]
  let place: SourcePlace

  struct Namespace: Sendable {
    let prefix: String
    let uri: String
  }

  func split(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Split {
    let view = ExchangeView(of: exchange, in: run)
    let size = try grouping.map { template throws(FlowFailure) in try groupSize(template, view) } ?? 1
    let path = try self.path(view)
    // Where the whole message is looked at first, its parts are counted; nothing has run when it is broken.
    let count = isStreaming ? nil : try self.count(exchange.body, path, size)
    return Split(
      settings: settings,
      parts: GroupedParts(source: try source(exchange.body, path), size: size, count: count))
  }

  private func groupSize(_ template: ExpressionTemplate, _ view: ExchangeView) throws(FlowFailure) -> Int {
    let text: String
    do throws(ExpressionError) { text = try template.evaluate(in: view) } catch {
      throw FlowFailure(.stepFailed, from: error, places: [place.description])
    }
    guard let size = Int(text.trimmingWhitespace), size > 0 else {
      throw FlowFailure(
        .stepFailed, class: .permanent,
        Explanation("the grouping '\(PrintableText.escaping(text, limit: 40))' is no positive number"))
    }
    return size
  }

  private func path(_ view: ExchangeView) throws(FlowFailure) -> XMLPath? {
    guard case .xpath(let template, let read) = cut else { return nil }
    if let read { return read }
    let text: String
    do throws(ExpressionError) { text = try template.evaluate(in: view) } catch {
      throw FlowFailure(.stepFailed, from: error, places: [place.description])
    }
    do throws(FlowFailure) { return try Self.path(text, namespaces) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
  }

  static func path(_ text: String, _ namespaces: [Namespace]) throws(FlowFailure) -> XMLPath {
    try XMLPath(text, namespaces: namespaces.map { ($0.prefix, $0.uri) })
  }

  private func count(_ body: MessageBody, _ path: XMLPath?, _ size: Int) throws(FlowFailure) -> Int {
    var source = try source(body, path)
    var pieces = 0
    while try source.next() != nil { pieces += 1 }
    return (pieces + size - 1) / size
  }

  private func source(_ body: MessageBody, _ path: XMLPath?) throws(FlowFailure) -> any SplitSource {
    switch cut {
    case .lines: return LineSplitSource(body, takesHead: keepsEnvelope)
    case .token(let token):
      if let path = try Self.elementPath(token), try Self.looksLikeXML(body) {
        return try XMLSplitSource(body, path, keepsEnvelope: false, declares: false)
      }
      return TokenSplitSource(body, token: Array(token.utf8))
    case .xpath:
      guard let path else { return TokenSplitSource(body, token: [0]) }
      return try XMLSplitSource(body, path, keepsEnvelope: keepsEnvelope, declares: true)
    }
  }

  /// A token that is a name means the elements of that name, in a body that is XML.
  private static func elementPath(_ token: String) throws(FlowFailure) -> XMLPath? {
    let name = token.hasPrefix("<") && token.hasSuffix(">") ? String(token.dropFirst().dropLast()) : token
    guard name.first?.isLetter == true, name.allSatisfy({ $0.isLetter || $0.isNumber || "_-.".contains($0) }) else {
      return nil
    }
    return try XMLPath("//" + name, namespaces: [])
  }

  private static func looksLikeXML(_ body: MessageBody) throws(FlowFailure) -> Bool {
    do throws(SystemError) {
      var reader = body.makeReader()
      guard let start = try reader.nextChunk(atMost: 256) else { return false }
      return start.first { $0 > 0x20 && ![0xEF, 0xBB, 0xBF].contains($0) } == UInt8(ascii: "<")
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }
}

/// Pieces put together to parts of a size.
private struct GroupedParts: SplitParts {
  var source: any SplitSource
  let size: Int
  let count: Int?

  mutating func next() async throws(FlowFailure) -> SplitPart? {
    var pieces: [[UInt8]] = []
    while pieces.count < size, let piece = try source.next() { pieces.append(piece) }
    guard !pieces.isEmpty else { return nil }
    return SplitPart(body: MessageBody(bytes: source.part(of: pieces)))
  }
}
