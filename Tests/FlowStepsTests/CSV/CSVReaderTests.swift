import Testing

@testable import FlowSteps

private let text = Array("\u{FEFF}Id¦Näme\r\n\"1¦ \"\"x\"\"\r\n\"¦ü\r\r2¦\n\n¦\n3".utf8)

private func read(_ pieces: [[UInt8]]) throws -> [[String]] {
  var reader = CSVReader(separator: "¦")
  var records: [[String]] = []
  for piece in pieces { records += try reader.consume(piece).map(\.fields) }
  return records + (try reader.finish().map(\.fields))
}

@Test func `pieces of any size give the same records`() throws {
  let whole = try read([text])
  #expect(whole == [["Id", "Näme"], ["1¦ \"x\"\r\n", "ü"], ["2", ""], ["", ""], ["3"]])
  #expect(try read(text.map { [$0] }) == whole)
  for cut in 0...text.count { #expect(try read([Array(text[..<cut]), Array(text[cut...])]) == whole) }
}

@Test func `each record knows its line`() throws {
  var reader = CSVReader(separator: ";")
  let lines = try reader.consume(Array("a\n\"b\nc\"\n\nd\n".utf8)).map(\.line)
  #expect(lines == [1, 2, 5])
}

@Test func `what is written is read as it was`() throws {
  let fields = ["", "a;b", "\"", "x\r\ny", " z ", "ä"]
  var reader = CSVReader(separator: ";")
  #expect(try reader.consume(CSVWriter(separator: ";").line(fields)).map(\.fields) == [fields])
}
