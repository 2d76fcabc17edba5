@testable import MIME

/// All that two ways of reading a mail must agree on, as text.
struct MessageOutline: Equatable, CustomStringConvertible {
  let description: String

  init(_ message: ReceivedMail, offsets: Bool = true) {
    var lines: [String] = []
    for part in message.root.all {
      let names = part.header.fields.map { "\($0.name)@\($0.offset)=\($0.unfoldedValue)" }
      lines.append("\(part.pathText) \(part.kind) \(part.contentType.mediaType) \(part.transferEncoding) \(names)")
      if offsets {
        lines.append(" \(part.source) \(part.range) \(part.bodyRange) \(part.preamble as Any) \(part.epilogue as Any)")
      }
      lines.append(" \(message.content(of: part).map { Checksum.of($0) } as Any)")
    }
    lines += message.defects.map { "\($0.kind) \($0.offset)" }
    lines.append("\(message.defectCount) \(message.exceededLimit as Any)")
    description = lines.joined(separator: "\n")
  }
}

/// FNV-1a, to compare contents without printing them.
enum Checksum {
  static func of(_ bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\(bytes.count):\(String(hash, radix: 16))"
  }
}

extension MailMessageParser {
  /// The mail fed in pieces of `size` bytes.
  static func parse(_ bytes: [UInt8], pieces size: Int, limits: MIMELimits = .standard) -> ReceivedMail {
    var parser = MailMessageParser(limits: limits)
    var index = 0
    while index < bytes.count {
      let end = min(index + size, bytes.count)
      parser.consume(Array(bytes[index..<end]))
      index = end
    }
    return parser.finish()
  }

  /// The mail in two pieces.
  static func parse(_ bytes: [UInt8], cutAt cut: Int) -> ReceivedMail {
    var parser = MailMessageParser()
    parser.consume(Array(bytes[..<cut]))
    parser.consume(Array(bytes[cut...]))
    return parser.finish()
  }
}
