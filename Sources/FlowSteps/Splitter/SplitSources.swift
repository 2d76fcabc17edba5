import FlowEngine
import System
import TenantBase

/// Gives the pieces of a body, of which parts are made.
protocol SplitSource {
  /// nil at the end.
  mutating func next() throws(FlowFailure) -> [UInt8]?

  /// A part of one or more pieces.
  func part(of pieces: [[UInt8]]) -> [UInt8]
}

/// Elements of an XML document, with what stands around the first one, or alone.
struct XMLSplitSource: SplitSource {
  private var cutter: XMLElementCutter
  private let keepsEnvelope: Bool
  private let declares: Bool
  static let declaration = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)

  /// - Parameter declares: each part begins with an XML declaration.
  init(_ body: MessageBody, _ path: XMLPath, keepsEnvelope: Bool, declares: Bool) throws(FlowFailure) {
    cutter = try XMLElementCutter(body, path, keepsEnvelope: keepsEnvelope)
    self.keepsEnvelope = keepsEnvelope
    self.declares = declares
  }

  mutating func next() throws(FlowFailure) -> [UInt8]? { try cutter.next() }

  func part(of pieces: [[UInt8]]) -> [UInt8] {
    let content = Array(pieces.joined())
    guard keepsEnvelope, let envelope = cutter.envelope else { return (declares ? Self.declaration : []) + content }
    return Self.declaration + envelope.head.drop { $0 <= 0x20 } + content + envelope.tail
  }
}

/// Lines of a text. The general splitter takes the first as the head of every part.
struct LineSplitSource: SplitSource {
  private var pieces: DelimitedPieces
  private let takesHead: Bool
  private var head: [UInt8]?
  private var lineEnd: [UInt8] = [ASCII.lf]

  init(_ body: MessageBody, takesHead: Bool) {
    pieces = DelimitedPieces(body, delimiter: [ASCII.lf])
    self.takesHead = takesHead
  }

  mutating func next() throws(FlowFailure) -> [UInt8]? {
    while var line = try pieces.next() {
      if line.last == ASCII.cr {
        line.removeLast()
        lineEnd = [ASCII.cr, ASCII.lf]
      }
      // An empty line makes no part.
      if line.isEmpty { continue }
      if takesHead, head == nil {
        head = line
        continue
      }
      return line
    }
    return nil
  }

  func part(of lines: [[UInt8]]) -> [UInt8] {
    Array(((head.map { [$0] } ?? []) + lines).joined(separator: lineEnd))
  }
}

/// Text between tokens.
struct TokenSplitSource: SplitSource {
  private var pieces: DelimitedPieces
  private let token: [UInt8]

  init(_ body: MessageBody, token: [UInt8]) {
    pieces = DelimitedPieces(body, delimiter: token)
    self.token = token
  }

  mutating func next() throws(FlowFailure) -> [UInt8]? {
    while let piece = try pieces.next() {
      if !piece.isEmpty { return piece }
    }
    return nil
  }

  func part(of texts: [[UInt8]]) -> [UInt8] { Array(texts.joined(separator: token)) }
}

/// A body cut at each delimiter, read as it goes.
struct DelimitedPieces {
  /// Bytes of one piece.
  static let pieceLimit = 64 << 20
  private static let chunkLength = 64 << 10

  private var reader: MessageBody.Reader
  private let delimiter: [UInt8]
  private var buffer: [UInt8] = []
  private var position = 0
  /// Up to here the buffer holds no delimiter.
  private var searched = 0
  private var isAtEnd = false

  /// - Parameter delimiter: not empty.
  init(_ body: MessageBody, delimiter: [UInt8]) {
    reader = body.makeReader()
    self.delimiter = delimiter
  }

  /// nil at the end; nothing follows a delimiter at the end of the body.
  mutating func next() throws(FlowFailure) -> [UInt8]? {
    while true {
      if let found = ByteSearch.firstIndex(of: delimiter, in: buffer, from: max(searched, position)) {
        defer {
          position = found + delimiter.count
          searched = position
        }
        return Array(buffer[position..<found])
      }
      searched = max(position, buffer.count - delimiter.count + 1)
      guard buffer.count - position <= Self.pieceLimit else {
        throw FlowFailure(
          .limitExceeded, class: .permanent,
          Explanation("a part of the body is longer than \(Self.pieceLimit >> 20) MiB"))
      }
      guard try fill() else {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return Array(buffer[position...])
      }
    }
  }

  private mutating func fill() throws(FlowFailure) -> Bool {
    guard !isAtEnd else { return false }
    do throws(SystemError) {
      guard let chunk = try reader.nextChunk(atMost: Self.chunkLength) else {
        isAtEnd = true
        return false
      }
      buffer.removeFirst(position)
      searched = max(0, searched - position)
      position = 0
      buffer += chunk
      return true
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }
}
