import System
import TenantBase

/// Keeps the contents of large parts in files of a spool folder while they arrive.
///
/// The files have no name: they belong to whoever holds them, and are gone when nobody does, also after a crash. A disk that
/// refuses does not stop the parser; ``failure`` then says so, and the parts from there on are not kept.
package struct SpoolPartStore: PartStore {
  private let folder: String
  private var writer: SpoolWriter?
  /// By the number that ``begin(path:)`` gave; nil for a part that could not be kept.
  package private(set) var files: [OpenFile?] = []
  /// The first thing that went wrong.
  package private(set) var failure: SystemError?

  /// - Parameter folder: must be there.
  package init(folder: String) { self.folder = folder }

  package mutating func begin(path: [Int]) -> Int {
    files.append(nil)
    guard failure == nil else { return files.count - 1 }
    do throws(SystemError) { writer = SpoolWriter(try UnnamedFile(in: folder)) } catch { failure = error }
    return files.count - 1
  }

  package mutating func append(_ bytes: ArraySlice<UInt8>) {
    guard let writer else { return }
    do throws(SystemError) { try writer.append(Array(bytes)) } catch {
      failure = error
      self.writer = nil
    }
  }

  package mutating func end() {
    guard let writer else { return }
    self.writer = nil
    do throws(SystemError) { files[files.count - 1] = try writer.finish() } catch { failure = error }
  }
}

/// A file that cannot be copied, where the store's values can.
private final class SpoolWriter {
  private var file: UnnamedFile?

  init(_ file: consuming UnnamedFile) { self.file = consume file }

  func append(_ bytes: [UInt8]) throws(SystemError) { try file?.append(bytes) }

  func finish() throws(SystemError) -> OpenFile? {
    guard let file = file.take() else { return nil }
    return try file.finish()
  }
}
