import System
import TenantBase

/// Uuencoded files within a text body, as mail carried them before MIME.
package struct UUBlocks: Sendable, Equatable {
  package struct Block: Sendable, Equatable {
    /// As on the `begin` line, not cleaned.
    package var name: String
    package var content: [UInt8]
  }

  /// What is left when the blocks are taken out.
  package private(set) var text: [UInt8] = []
  package private(set) var blocks: [Block] = []

  /// A block counts only when it is whole: a `begin` line, data lines, and an `end` line.
  package static func extract(from body: [UInt8]) -> UUBlocks {
    var result = UUBlocks()
    guard ByteSearch.firstIndex(of: Array("begin ".utf8), in: body) != nil else {
      result.text = body
      return result
    }
    var open: (start: Int, name: String)?
    var kept = 0
    var lineStart = 0
    while lineStart < body.count {
      let lineEnd = (ByteSearch.firstIndex(of: ASCII.lf, in: body, from: lineStart) ?? body.count - 1) + 1
      var line = body[lineStart..<lineEnd]
      while let last = line.last, last == ASCII.lf || last == ASCII.cr { line.removeLast() }
      if let block = open, line.elementsEqual("end".utf8) {
        result.text += body[kept..<block.start]
        let content = TransferDecoder.decode(body[block.start..<lineEnd], .uuencode)
        result.blocks.append(Block(name: block.name, content: content))
        kept = lineEnd
        open = nil
      } else if let name = UUDecoder.beginName(line) {
        open = (lineStart, Charset.decodeHeader(Array(name), charset: nil))
      } else if open != nil, !isData(line) {
        open = nil
      }
      lineStart = lineEnd
    }
    result.text += body[kept...]
    return result
  }

  /// An empty line, or a count and as many letters as it says, give or take what gateways cut off or add.
  private static func isData(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first else { return true }
    guard first >= 0x20, first <= 0x60, line.count <= 90 else { return false }
    let count = Int((first &- 0x20) & 0x3F)
    return line.count - 1 <= (count + 2) / 3 * 4 + 4 && line.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
  }
}
