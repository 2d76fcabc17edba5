import TenantBase
import TestSupport
import Testing
import Wire

@Suite struct InputBufferTests {
  private func lines(_ text: String, pieces: Int, rules: LineRules = LineRules(limit: 100)) throws -> [String] {
    var buffer = InputBuffer()
    var lines: [String] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      buffer.append(bytes[start..<min(bytes.count, start + pieces)])
      while let line = try buffer.takeLine(rules) { lines.append(line.utf8Text) }
    }
    return lines
  }

  @Test(arguments: [1, 2, 3, 5, 100]) func `lines come out the same however they arrive`(pieces: Int) throws {
    #expect(try lines("one\r\n\r\nthree and more\r\nrest", pieces: pieces) == ["one", "", "three and more"])
  }

  @Test func `a line that has not ended leaves the buffer as it is`() throws {
    var buffer = InputBuffer()
    buffer.append("abc\r".utf8)
    #expect(try buffer.takeLine(LineRules(limit: 10)) == nil)
    #expect(buffer.unreadBytes == 4)
    buffer.append("\nde".utf8)
    #expect(try buffer.takeLine(LineRules(limit: 10)) == Array("abc".utf8))
    #expect(buffer.unreadBytes == 2)
  }

  @Test(arguments: [1, 100]) func `a bare line feed is malformed`(pieces: Int) {
    #expect(throws: LineError.bareLineFeed(offset: 3)) { try lines("abc\ndef\r\n", pieces: pieces) }
    #expect(throws: LineError.bareLineFeed(offset: 0)) { try lines("\n", pieces: pieces) }
  }

  @Test func `an error leaves the buffer as it is`() {
    var buffer = InputBuffer()
    buffer.append("abc\nx".utf8)
    #expect(throws: LineError.self) { try buffer.takeLine(LineRules(limit: 10)) }
    #expect(buffer.unreadBytes == 5)
  }

  @Test func `a bare carriage return is malformed`() {
    #expect(throws: LineError.bareCarriageReturn(offset: 1)) { try lines("a\rb\r\n", pieces: 100) }
  }

  @Test func `a bare line feed ends a line where the rules say so`() throws {
    let rules = LineRules(limit: 10, lineEnd: .crlfOrLF)
    #expect(try lines("a\nb\r\n\n", pieces: 1, rules: rules) == ["a", "b", ""])
  }

  @Test(arguments: [1, 7, 1000]) func `a line has its limit, with or without an end`(pieces: Int) throws {
    let rules = LineRules(limit: 5)
    #expect(try lines("12345\r\n", pieces: pieces, rules: rules) == ["12345"])
    #expect(throws: LineError.tooLong(limit: 5)) { try lines("123456\r\n", pieces: pieces, rules: rules) }
    #expect(throws: LineError.tooLong(limit: 5)) { try lines("1234567", pieces: pieces, rules: rules) }
  }

  @Test func `bytes can be taken between lines`() throws {
    var buffer = InputBuffer()
    buffer.append("a\r\nbinary\r\nb\r\n".utf8)
    #expect(try buffer.takeLine(LineRules(limit: 10))?.utf8Text == "a")
    #expect(buffer.takeBytes(atMost: 6).utf8Text == "binary")
    #expect(buffer.takeBytes(atMost: -1).isEmpty)
    #expect(try buffer.takeLine(LineRules(limit: 10))?.utf8Text == "")
    #expect(buffer.takeBytes(atMost: 100).utf8Text == "b\r\n")
    #expect(buffer.unreadBytes == 0)
  }

  @Test func `what comes next can be seen and stays`() throws {
    var buffer = InputBuffer()
    #expect(buffer.peek(5).isEmpty)
    buffer.append(Array("one\r\ntwo".utf8))
    #expect(buffer.peek(2).utf8Text == "on")
    #expect(try buffer.takeLine(LineRules(limit: 10))?.utf8Text == "one")
    #expect(buffer.peek(5).utf8Text == "two")
    #expect(buffer.unreadBytes == 3)
  }

  @Test func `all that is there is taken at once and the next line is found`() throws {
    var buffer = InputBuffer()
    buffer.append(Array("no line end yet".utf8))
    #expect(try buffer.takeLine(LineRules(limit: 100)) == nil)
    #expect(buffer.takeBytes(atMost: 15).utf8Text == "no line end yet")
    #expect(buffer.takeBytes(atMost: 15).isEmpty)
    buffer.append(Array("a\r\nb".utf8))
    #expect(try buffer.takeLine(LineRules(limit: 100))?.utf8Text == "a")
    #expect(buffer.takeBytes(atMost: 9).utf8Text == "b")
  }

  @Test func `consumed bytes do not pile up`() throws {
    var buffer = InputBuffer()
    let line = Array(repeating: UInt8(ascii: "x"), count: 9000) + [13, 10]
    for _ in 0..<40 {
      buffer.append(line + line + Array("y".utf8))
      #expect(try buffer.takeLine(LineRules(limit: 10_000))?.count ?? 0 >= 9000)
      #expect(try buffer.takeLine(LineRules(limit: 10_000))?.count == 9000)
      #expect(buffer.unreadBytes == 1)
    }
  }

  @Test func `reading from a stream appends what arrived`() async throws {
    let stream = ScriptedStream([.send("hello\r\n"), .close], pieceSize: 3)
    var buffer = InputBuffer()
    let deadline = Deadline.after(.seconds(5))
    #expect(try await buffer.fill(from: stream, atMost: 100, deadline: deadline) == 3)
    #expect(try await buffer.fill(from: stream, atMost: 100, deadline: deadline) == 3)
    #expect(try await buffer.fill(from: stream, atMost: 100, deadline: deadline) == 1)
    #expect(try await buffer.fill(from: stream, atMost: 100, deadline: deadline) == 0)
    #expect(try buffer.takeLine(LineRules(limit: 10))?.utf8Text == "hello")
  }
}
