import Artifacts
import System
import TenantBase

/// The highest generation of a keystore that this user has seen, kept outside the home: an old copy put back is noticed.
///
/// It helps against whoever can write the home but not the user's own folder: a restored backup, a shared disk. Where it
/// cannot be read or written, nothing is noticed and nothing fails.
struct GenerationAnchor: Sendable {
  /// nil: there is no place for it.
  let path: String?

  /// Digits of the largest number and a line end.
  private static let longestFile = 32

  /// nil when none was noted.
  var generation: UInt64? {
    guard let path,
      let bytes = try? FileContents.read(path, limit: Self.longestFile, access: .ownerOnly),
      bytes.last == ASCII.lf, bytes.count > 1, bytes.dropLast().allSatisfy(ASCII.isDigit)
    else { return nil }
    return UInt64(bytes.dropLast().utf8Text)
  }

  /// Notes a generation; an earlier note of a higher one is overwritten.
  func note(_ generation: UInt64) {
    guard let path else { return }
    // Lost in a power cut, it is noted again at the next opening.
    do throws(SystemError) {
      // The user's folder may be missing: a key file that lies elsewhere needs none.
      let parent = FilePath.split(path).parent
      if !FileStatus.isFolder(parent) { try Folder.create(parent) }
      try FileContents.replace(path, with: Array("\(generation)\n".utf8), durability: .eventually)
    } catch {}
  }

  /// Removes what processes left behind that were killed while they noted. One that notes just now may lose its note: it
  /// is made again at the next opening.
  func removeAbandoned() {
    guard let path else { return }
    let (parent, name) = FilePath.split(path)
    do throws(SystemError) { try Folder(opening: parent).removeAbandoned(of: name) } catch {}
  }

  /// - Throws: `.rolledBack` when a higher generation was seen.
  static func verify(_ generation: UInt64, seen: UInt64, path keystore: String) throws(KeystoreError) {
    guard seen > generation else { return }
    throw KeystoreError(
      .rolledBack(generation: generation, seen: seen),
      "the keystore '\(PrintableText.escaping(keystore))' is older than it was",
      cause: "it has generation \(generation), and generation \(seen) was seen here before",
      hints: ["when an old copy was put back on purpose, repeat the command with --accept-rollback"],
      failureClass: .refused)
  }
}
