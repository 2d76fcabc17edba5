import FlowEngine
import System
import TenantBase
import XMLTree

/// The result of a Select: `<messages><message id="…">the entry's XML</message>…</messages>`, made piece by piece.
struct SelectionBody {
  private let entries: [DataStoreEntry]
  private let store: any DataStore

  init(_ entries: [DataStoreEntry], of store: any DataStore) {
    self.entries = entries
    self.store = store
  }

  func make(in spool: BodySpool) throws -> MessageBody {
    var pieces = Pieces(entries: entries[...], store: store)
    var failure: (any Error)?
    let body = try spool.body { () throws(SystemError) in
      do { return try pieces.next() } catch {
        failure = error
        return nil
      }
    }
    if let failure { throw failure }
    return body
  }

  private struct Pieces {
    var entries: ArraySlice<DataStoreEntry>
    let store: any DataStore
    private var reader: MessageBody.Reader?
    private var isBegun = false
    private var isEnded = false

    init(entries: ArraySlice<DataStoreEntry>, store: any DataStore) {
      self.entries = entries
      self.store = store
    }

    mutating func next() throws -> [UInt8]? {
      guard isBegun else {
        isBegun = true
        return Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<messages>\n".utf8)
      }
      if let chunk = try reader?.nextChunk(atMost: 64 * 1024) { return chunk }
      if reader != nil {
        reader = nil
        return Array("\n</message>\n".utf8)
      }
      while let entry = entries.popFirst() {
        // One that somebody deleted meanwhile is passed over.
        guard let body = try store.message(of: entry)?.body else { continue }
        return try begin(entry, body)
      }
      guard !isEnded else { return nil }
      isEnded = true
      return Array("</messages>".utf8)
    }

    private mutating func begin(_ entry: DataStoreEntry, _ body: MessageBody) throws -> [UInt8] {
      var reader = body.makeReader()
      let start = try reader.nextChunk(atMost: 64 * 1024) ?? []
      let content: ArraySlice<UInt8>
      do throws(XMLEntryFault) { content = try XMLEntry.content(start, of: body) } catch {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation(
            "entry '\(PrintableText.escaping(entry.id, limit: 300))' cannot be selected", cause: error.text,
            hints: ["a Get step reads entries of any kind"]))
      }
      self.reader = reader
      return Array("<message id=\"\(try XMLEscaping.attribute(entry.id))\">\n".utf8) + content
    }
  }
}

struct XMLEntryFault: Error {
  let text: String
}

/// An entry's XML as it can stand inside of other XML.
enum XMLEntry {
  /// The first bytes of an entry without what can stand only at the beginning of a document.
  ///
  /// - Parameter body: the whole; where it is in memory it is checked as a whole.
  static func content(_ start: [UInt8], of body: MessageBody) throws(XMLEntryFault) -> ArraySlice<UInt8> {
    var rest = start[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    rest = rest.drop { $0 <= 0x20 }
    if rest.starts(with: Array("<?xml".utf8)), let end = ByteSearchEnd.of("?>", in: rest) {
      let declaration = String(decoding: rest[..<end], as: UTF8.self).lowercased()
      let isUnicode = !declaration.contains("encoding") || declaration.contains("utf-8")
      guard isUnicode || declaration.contains("us-ascii") else { throw XMLEntryFault(text: "its XML is not in UTF-8") }
      rest = rest[end...].drop { $0 <= 0x20 }
    }
    // An empty message was stored; it stands there empty.
    if rest.isEmpty, body.byteCount == start.count { return rest }
    guard rest.first == 0x3C else { throw XMLEntryFault(text: "it is not XML") }
    guard !rest.starts(with: Array("<!DOCTYPE".utf8)) else {
      throw XMLEntryFault(text: "it has a document type declaration")
    }
    if let bytes = body.bytesInMemory {
      do throws(XMLError) { _ = try XPathDocument(bytes) } catch { throw XMLEntryFault(text: error.description) }
    }
    return rest
  }
}

private enum ByteSearchEnd {
  /// Behind the first occurrence.
  static func of(_ text: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let wanted = Array(text.utf8)
    return bytes.indices.first { bytes[$0...].starts(with: wanted) }.map { $0 + wanted.count }
  }
}
