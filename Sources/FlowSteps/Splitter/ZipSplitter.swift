import Archives
import Expressions
import FlowEngine
import FlowModel
import System
import TenantBase

/// The zip splitter: a part for each file of an archive, named by the header `CamelFileName`.
struct ZipSplitter: Splitter {
  /// Bytes of the archive, which is read in memory.
  static let archiveLimit = 128 << 20

  func split(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Split {
    guard exchange.body.byteCount <= Self.archiveLimit else {
      throw FlowFailure(
        .limitExceeded, class: .permanent,
        Explanation("the archive has \(exchange.body.byteCount) bytes; up to \(Self.archiveLimit >> 20) MiB are read"))
    }
    var bytes: [UInt8] = []
    var reader = exchange.body.makeReader()
    try storing { () throws(SystemError) in
      while let chunk = try reader.nextChunk(atMost: 1 << 20) { bytes += chunk }
    }
    do throws(ArchiveError) {
      let archive = try ZipArchive(bytes)
      return Split(
        settings: SplitSettings(), parts: Files(archive: archive, rest: archive.entries.filter { !$0.isFolder }[...]))
    } catch { throw FlowFailure(.stepFailed, from: error) }
  }

  private struct Files: SplitParts {
    let archive: ZipArchive
    var rest: ArraySlice<ZipArchive.Entry>

    /// Camel reads the archive as it goes and does not know.
    var count: Int? { nil }

    mutating func next() async throws(FlowFailure) -> SplitPart? {
      guard let entry = rest.popFirst() else { return nil }
      do throws(ArchiveError) {
        let name = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
        return SplitPart(
          body: MessageBody(bytes: try archive.contents(of: entry)), headers: [("CamelFileName", .text(name))])
      } catch { throw FlowFailure(.stepFailed, from: error) }
    }
  }
}

package struct ZipSplitterFactory: SplitterFactory {
  package init() {}

  package var type: StepType { StepType(rawValue: "ZipSplitter") }

  package func makeSplitter(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Splitter {
    ZipSplitter()
  }
}
