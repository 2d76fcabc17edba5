import MIME
import TenantBase
import TestSupport
import Testing

@testable import IMAP

/// Recorded answers of Gmail, Dovecot and others. The files have bare line feeds; the sizes of their literals count CRLF.
@Suite struct CorpusAnswerTests {
  private static let files = Corpus.files(below: "servers/imap", suffix: ".txt")

  private func recorded(_ file: String) throws -> [UInt8] {
    let bytes = try #require(Corpus.bytes(file))
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 32)
    for line in bytes.split(separator: ASCII.lf, omittingEmptySubsequences: false) {
      result += line.last == ASCII.cr ? line.dropLast() : line
      result += [ASCII.cr, ASCII.lf]
    }
    return Array(result.dropLast(2))
  }

  /// What a reader that knows nothing but lines and literals finds.
  private struct Reference {
    var starts: [String] = []
    var literals: [[UInt8]] = []

    init(_ bytes: [UInt8]) {
      var position = 0
      var isStart = true
      while let end = bytes[position...].firstIndex(of: ASCII.lf) {
        let line = bytes[position..<(end - 1)]
        position = end + 1
        // In one answer a blank line stands between a literal and the end of the list.
        if isStart, line.first != UInt8(ascii: ")") { starts.append(String(line.prefix(200).utf8Text)) }
        isStart = line.last != UInt8(ascii: "}")
        guard !isStart, let open = line.lastIndex(of: UInt8(ascii: "{")),
          let count = Int(line[(open + 1)...].dropLast().utf8Text)
        else { continue }
        literals.append(Array(bytes[position..<(position + count)]))
        position += count
      }
    }

    func count(_ pattern: Regex<Substring>) -> Int { starts.filter { $0.prefixMatch(of: pattern) != nil }.count }
  }

  @Test(.enabled(if: Corpus.isPresent)) func `there are recorded answers`() { #expect(Self.files.count > 200) }

  @Test(.enabled(if: Corpus.isPresent)) func `every recorded answer is understood to its end`() throws {
    for file in Self.files {
      let bytes = try recorded(file)
      let parsed = WireSupport.parse([bytes])
      let reference = Reference(bytes)
      #expect(parsed.error == nil, "\(file)")
      #expect(!parsed.isInsideResponse, "\(file)")
      #expect(parsed.responses.count == reference.starts.count, "\(file)")
      check(parsed.responses, reference, file)
      checkLiterals(parsed, reference, file)
    }
  }

  private func check(_ responses: [IMAPResponse], _ reference: Reference, _ file: String) {
    var counts: [String: Int] = [:]
    for response in responses {
      switch response {
      case .exists: counts["EXISTS", default: 0] += 1
      case .expunge: counts["EXPUNGE", default: 0] += 1
      case .fetch(let message):
        counts["FETCH", default: 0] += 1
        #expect(message.uid != nil || file.contains("precise-pangolin"), "\(file)")
      case .list: counts["LIST", default: 0] += 1
      case .capability(let offered):
        counts["CAPABILITY", default: 0] += 1
        #expect(offered.offersIMAP4, "\(file)")
      case .status(let status), .tagged(_, let status): check(status, file)
      case .other(let name, _): #expect(Self.unused.contains(name), "\(file) \(name)")
      default: break
      }
    }
    #expect(counts["EXISTS", default: 0] == reference.count(#/\* \d+ EXISTS/#), "\(file)")
    #expect(counts["EXPUNGE", default: 0] == reference.count(#/\* \d+ EXPUNGE/#), "\(file)")
    #expect(counts["FETCH", default: 0] == reference.count(#/\* \d+ FETCH/#), "\(file)")
    #expect(counts["LIST", default: 0] == reference.count(#/\* X?LIST/#), "\(file)")
    #expect(counts["CAPABILITY", default: 0] == reference.count(#/\* CAPABILITY/#), "\(file)")
  }

  private static let unused: Set<String> = ["QUOTA", "QUOTAROOT", "THREAD", "SORT", "METADATA"]
  private static let unusedCodes: Set<String> = ["ANNOTATIONS", "MODIFIED", "WEBALERT"]

  private func check(_ status: IMAPStatus, _ file: String) {
    if case .other(let name, _) = status.code { #expect(Self.unusedCodes.contains(name), "\(file) \(name)") }
    #expect(!status.text.contains("["), "\(file)")
  }

  /// Contents of sections in their order, streamed or held, are the file's literals.
  private func checkLiterals(_ parsed: ParsedStream, _ reference: Reference, _ file: String) {
    var streamed = parsed.streamed.makeIterator()
    var contents: [[UInt8]] = []
    for case .fetch(let message) in parsed.responses {
      for section in message.sections {
        switch section.content {
        case .bytes(let bytes): contents.append(bytes)
        case .streamed(let byteCount):
          let content = streamed.next()
          #expect(content?.bytes.count == byteCount && content?.hasEnded == true, "\(file)")
          contents.append(content?.bytes ?? [])
        case .absent: break
        }
      }
    }
    let others = ["literal-folder", "literal-subfolders", "fetch-quoted", "dovecot/fetch1", "notify-idle"]
    if others.contains(where: file.contains) { return }
    #expect(contents == reference.literals, "\(file)")
  }

  private func responses(_ file: String) throws -> [IMAPResponse] {
    WireSupport.parse([try recorded("servers/imap/\(file)")]).responses
  }

  @Test(.enabled(if: Corpus.isPresent)) func `known facts of some answers come out`() throws {
    #expect(
      try responses("gmail/count.examine.txt").contains(.status(IMAPStatus(.ok, code: .highestModSequence(29225)))))
    #expect(
      try responses("gmail/count.examine.txt").contains(
        .status(IMAPStatus(.ok, code: .uidValidity(26), text: "UIDs valid."))))
    #expect(
      try responses("dovecot/search-all.txt").first
        == .search(SearchResult(numbers: UIDSet(1...14), tag: "A########", isUID: true)))
    guard case .fetch(let message) = try responses("gmail/fetch-preview.txt").first else { throw Missing("no FETCH") }
    #expect(message.uid == 1 && message.size == 507 && message.modSequence == 41847 && message.flags == [.seen])
    #expect(message.envelope?.subject == "text/plain message")
    #expect(message.envelope?.cc.mailboxes.map(\.localPart) == ["recipient1", "recipient2", "recipient3"])
    guard case .list(let mailbox) = try responses("common/list-literal-subfolders.txt").dropFirst().first else {
      throw Missing("no LIST")
    }
    #expect(mailbox.name.text == "Literal Folder Name")
    guard case .tagged(_, let moved) = try responses("gmail/uid-copy.txt").last, case .copyUID(let mapping) = moved.code
    else { throw Missing("no COPYUID") }
    #expect(!mapping.destination.isEmpty)
  }
}
