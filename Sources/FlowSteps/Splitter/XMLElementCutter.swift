import FlowEngine
import TenantBase

/// Cuts out of a document the elements that a path names, one by one, as they stand there.
struct XMLElementCutter {
  /// Bytes of one element, and of all that stands before the first.
  static let elementLimit = 64 << 20

  /// What stands around the elements: all before the first one, and the end tags of the elements that hold it.
  struct Envelope {
    let head: [UInt8]
    let tail: [UInt8]
    fileprivate let declared: [String: String]
  }

  private var reader: XMLTokenReader
  private var matcher: XMLPathMatcher
  private let keepsEnvelope: Bool
  private var before: [UInt8] = []
  /// Known from the first element on.
  private(set) var envelope: Envelope?

  /// - Parameter keepsEnvelope: the elements will stand in it: they declare only what it does not.
  init(_ body: MessageBody, _ path: XMLPath, keepsEnvelope: Bool) throws(FlowFailure) {
    reader = try XMLTokenReader(body)
    matcher = XMLPathMatcher(path)
    self.keepsEnvelope = keepsEnvelope
  }

  /// nil at the end of the document.
  mutating func next() throws(FlowFailure) -> [UInt8]? {
    while let piece = try reader.next() {
      switch piece.kind {
      case .startTag(let name, let isEmpty):
        guard matcher.open(name, tag: piece.bytes, isEmpty: isEmpty) else { break }
        let outer = isEmpty ? matcher.scope.current : matcher.scope.outer
        if envelope == nil { begin(declared: outer, isEmpty: isEmpty) }
        let tag = declaring(piece.bytes, name, outer)
        return isEmpty ? tag : try element(from: tag)
      case .endTag: matcher.close()
      case .declaration: continue
      case .text, .comment, .instruction: break
      }
      if envelope == nil, keepsEnvelope {
        before += piece.bytes
        try Self.check(before.count)
      }
    }
    return nil
  }

  private mutating func begin(declared: [String: String], isEmpty: Bool) {
    var open = reader.openElements
    if !isEmpty { open.removeLast() }
    let tail = open.reversed().map { "</\($0)>" }.joined()
    envelope = Envelope(head: before, tail: Array(tail.utf8), declared: declared)
    before = []
  }

  /// The start tag with the namespaces that its surroundings declare and its new ones do not.
  private func declaring(_ tag: [UInt8], _ name: String, _ outer: [String: String]) -> [UInt8] {
    var missing = outer
    for own in XMLNamespaceScope.declarations(in: tag) { missing[own.prefix] = nil }
    if keepsEnvelope, let envelope {
      missing = missing.filter { envelope.declared[$0.key] != $0.value }
    }
    guard !missing.isEmpty else { return tag }
    var result = Array(tag.prefix(1 + name.utf8.count))
    for (prefix, uri) in missing.sorted(by: { $0.key < $1.key }) where !(prefix.isEmpty && uri.isEmpty) {
      let quote = uri.contains("\"") ? "'" : "\""
      result += Array(" xmlns\(prefix.isEmpty ? "" : ":" + prefix)=\(quote)\(uri)\(quote)".utf8)
    }
    return result + tag.dropFirst(1 + name.utf8.count)
  }

  /// The rest of an element, which is not searched.
  private mutating func element(from tag: [UInt8]) throws(FlowFailure) -> [UInt8] {
    var bytes = tag
    let depth = reader.openElements.count
    while reader.openElements.count >= depth, let piece = try reader.next() {
      bytes += piece.bytes
      try Self.check(bytes.count)
    }
    matcher.close()
    return bytes
  }

  private static func check(_ count: Int) throws(FlowFailure) {
    guard count <= elementLimit else {
      throw FlowFailure(
        .limitExceeded, class: .permanent,
        Explanation("a part of the body is longer than \(elementLimit >> 20) MiB"))
    }
  }
}
