import Archives
import Expressions
import FlowEngine
import System
import TenantBase

/// An archive with an entry for each part that is not empty.
struct ZippedParts: GatheredParts {
  /// Bytes of one entry, which is packed in memory.
  static let entryLimit = 128 << 20

  let writer: BodyWriter
  let name: ExpressionTemplate?
  private var zip = ZipWriter()
  private var names: Set<String> = []

  init(writer: BodyWriter, name: ExpressionTemplate?) {
    self.writer = writer
    self.name = name
  }

  mutating func add(_ part: Exchange, in run: FlowRun) async throws(FlowFailure) {
    guard part.body.byteCount > 0 else { return }
    guard part.body.byteCount <= Self.entryLimit else {
      throw FlowFailure(
        .limitExceeded, class: .permanent,
        Explanation("a part of \(part.body.byteCount) bytes is too large for an archive (\(Self.entryLimit >> 20) MiB)")
      )
    }
    let name = unique(try entryName(of: part, in: run))
    var content: [UInt8] = []
    var reader = part.body.makeReader()
    try storing { () throws(SystemError) in
      while let chunk = try reader.nextChunk(atMost: 1 << 20) { content += chunk }
    }
    let bytes: [UInt8]
    do throws(ArchiveError) { bytes = try zip.entry(named: name, content) } catch {
      throw FlowFailure(.stepFailed, from: error)
    }
    try storing { () throws(SystemError) in try writer.append(bytes) }
  }

  /// The step's file name, else the header, else one of the part's own; never a path that leads out of the archive.
  private func entryName(of part: Exchange, in run: FlowRun) throws(FlowFailure) -> String {
    var text = ""
    if let name {
      do throws(ExpressionError) { text = try name.evaluate(in: ExchangeView(of: part, in: run)) } catch {
        throw FlowFailure(.stepFailed, from: error)
      }
    }
    if text.isEmpty { text = part.headers["CamelFileName"]?.text ?? "" }
    let steps = text.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." && $0 != ".." }
    let safe = steps.joined(separator: "/").filter { $0 != "\0" && !$0.isNewline }
    return safe.isEmpty ? "part-\(part.lineage.map(String.init).joined(separator: "-"))" : safe
  }

  /// `a.txt`, then `a-2.txt`.
  private mutating func unique(_ name: String) -> String {
    var candidate = name
    var number = 2
    while !names.insert(candidate).inserted {
      let slash = name.lastIndex(of: "/") ?? name.startIndex
      if let dot = name.lastIndex(of: "."), dot > slash {
        candidate = "\(name[..<dot])-\(number)\(name[dot...])"
      } else {
        candidate = "\(name)-\(number)"
      }
      number += 1
    }
    return candidate
  }

  mutating func finish(in run: FlowRun) async throws(FlowFailure) -> MessageBody {
    let bytes: [UInt8]
    do throws(ArchiveError) { bytes = try zip.finish() } catch { throw FlowFailure(.stepFailed, from: error) }
    try storing { () throws(SystemError) in try writer.append(bytes) }
    return try finishing(writer)
  }
}
