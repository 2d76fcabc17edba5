import TenantBase

@testable import IMAP

/// Called by libFuzzer with each input: reads it as a server's answers, whole and in pieces, and stops when the two
/// disagree; what a folder is called goes both ways.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAsAnswers(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var limits = IMAPParserLimits()
  // Small, so that every limit is met by inputs of a few kilobytes.
  limits.line = 600
  limits.fetchLine = 1500
  limits.searchLine = 3000
  limits.heldLiteral = 32
  limits.heldResponse = 4000
  limits.message = 5000
  limits.literals = 20
  limits.values = 400
  limits.searchRanges = 200
  limits.nesting = 16

  let whole = answers([bytes], limits)
  let cut = bytes.isEmpty ? 0 : Int(bytes[bytes.count / 2]) * bytes.count / 256
  let tail = bytes[cut...]
  let pieces = [Array(bytes[..<cut])] + tail.prefix(64).map { [$0] } + [Array(tail.dropFirst(64))]
  guard answers(pieces, limits) == whole else { fatalError("cut at \(cut) reads otherwise") }

  let name = MailboxName(received: Array(bytes.prefix(200)), isUTF8: false)
  let again = MailboxName(received: ModifiedUTF7.encode(name.text), isUTF8: false)
  guard again.text == name.text else { fatalError("a folder's name does not go both ways") }
  checkCommands(bytes)
  return 0
}

/// What was read, pieces of a literal joined, and how it ended.
private struct Answers: Equatable {
  var events: [IMAPResponseParser.Event] = []
  var error: IMAPSyntaxError?
}

private func answers(_ pieces: [[UInt8]], _ limits: IMAPParserLimits) -> Answers {
  var parser = IMAPResponseParser(limits: limits)
  var result = Answers()
  for piece in pieces {
    parser.append(piece)
    do {
      reading: while true {
        switch try parser.next() {
        case .needMore: break reading
        case .literalBytes(let bytes):
          if case .literalBytes(let before) = result.events.last {
            result.events[result.events.count - 1] = .literalBytes(before + bytes)
          } else {
            result.events.append(.literalBytes(bytes))
          }
        case let event: result.events.append(event)
        }
      }
    } catch {
      result.error = error
      return result
    }
  }
  return result
}

/// Whatever text goes into a command, one command comes out: each line end is the command's own, or announces a literal.
private func checkCommands(_ bytes: [UInt8]) {
  let text = String(decoding: bytes.prefix(300), as: UTF8.self)
  var commands: [IMAPCommand] = [
    .select(MailboxName(received: Array(bytes.prefix(300)), isUTF8: false)), .create(MailboxName(text)),
    .uidSearch(SearchCriteria([.from(text), .header(name: text, value: text)])),
    .uidStore(UIDSet(1), FlagChange(.add, [IMAPFlag(text)])), .id([.init(name: text, value: text)]),
  ]
  if let raw = try? RawSearchText(text) { commands.append(.uidSearch(SearchCriteria([.raw(raw)]))) }
  for command in commands {
    for dialect in [IMAPDialect(), IMAPDialect(literals: .nonSynchronizing, isUTF8: true)] {
      guard let encoded = try? command.encoded(tag: "A1", dialect: dialect) else { continue }
      let written = encoded.parts.flatMap { part -> [UInt8] in
        if case .bytes(let bytes) = part { return bytes }
        return []
      }
      let lines = written.split(separator: ASCII.lf, omittingEmptySubsequences: false)
      guard lines.last?.isEmpty == true, !written.contains(0) else { fatalError("no end, or a NUL") }
      for line in lines.dropLast(2) {
        guard line.suffix(2) == [UInt8(ascii: "}"), ASCII.cr] else { fatalError("a second command") }
      }
    }
  }
}
