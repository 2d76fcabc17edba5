import TenantBase
import Testing
import Wire

@Suite struct DotStuffingTests {
  private func encode(_ body: String, pieces: Int) -> String {
    var stuffing = DotStuffing()
    var output: [UInt8] = []
    let bytes = Array(body.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      stuffing.encode(Array(bytes[start..<min(bytes.count, start + pieces)]), into: &output)
    }
    stuffing.finish(into: &output)
    return output.utf8Text
  }

  private static let table: [(body: String, wire: String)] = [
    ("", ".\r\n"),
    ("a", "a\r\n.\r\n"),
    ("a\r\n", "a\r\n.\r\n"),
    (".", "..\r\n.\r\n"),
    ("..a\r\n.b", "...a\r\n..b\r\n.\r\n"),
    ("a.b\r\n", "a.b\r\n.\r\n"),
    ("a\r\n.\r\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\n.\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\r.\rMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\r\n.\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\n.\r\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\r.\r\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\r\n.\rMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"),
    ("a\r\r\n.\r\r\nMAIL", "a\r\n\r\n..\r\n\r\nMAIL\r\n.\r\n"),
    ("a\n\r\n.", "a\r\n\r\n..\r\n.\r\n"),
    ("a\n\r.\n\rMAIL", "a\r\n\r\n..\r\n\r\nMAIL\r\n.\r\n"),
    ("a\r", "a\r\n.\r\n"),
    ("\r\n\r\n", "\r\n\r\n.\r\n"),
  ]

  @Test(arguments: table) func `every end of data inside a body is defused`(_ row: (body: String, wire: String)) {
    for pieces in [1, 2, 3, 100] { #expect(encode(row.body, pieces: pieces) == row.wire, "pieces of \(pieces)") }
  }

  @Test func `nothing bare is ever written, whatever the body`() {
    // All strings of length 5 over the four bytes that matter.
    let alphabet: [UInt8] = [13, 10, 46, 97]
    var faults: [[UInt8]] = []
    for number in 0..<1024 {
      let body = (0..<5).map { alphabet[number >> ($0 * 2) & 3] }
      var stuffing = DotStuffing()
      var output: [UInt8] = []
      stuffing.encode(Array(body[..<2]), into: &output)
      stuffing.encode(Array(body[2...]), into: &output)
      stuffing.finish(into: &output)
      if endOfData(in: output) != output.count || hasBareLineEnd(output) { faults.append(body) }
    }
    #expect(faults.isEmpty)
  }

  /// Where a server sees the end: after the first CRLF.CRLF, or `.CRLF` at the start.
  private func endOfData(in wire: [UInt8]) -> Int? {
    let text = [13, 10] + wire
    for start in 0...max(0, text.count - 5) where Array(text[start...].prefix(5)) == [13, 10, 46, 13, 10] {
      return start + 5 - 2
    }
    return nil
  }

  private func hasBareLineEnd(_ wire: [UInt8]) -> Bool {
    for (index, byte) in wire.enumerated() {
      if byte == 10, index == 0 || wire[index - 1] != 13 { return true }
      if byte == 13, index + 1 == wire.count || wire[index + 1] != 10 { return true }
    }
    return false
  }
}
