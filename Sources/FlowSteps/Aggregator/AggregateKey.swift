import Crypto
import System

/// The entry ID of a collected message: which aggregate it belongs to, and its number in the sequence.
///
/// The correlation value is only there as its digest: entry IDs are not encrypted.
struct AggregateKey: Sendable, Hashable {
  /// What the IDs of all messages of an aggregate begin with.
  let prefix: String
  /// 0 where no sequence is asked for.
  let sequence: Int64

  init(correlation: String, sequence: Int64 = 0) {
    var digest = Digest(.sha256)
    digest.update(Array(correlation.utf8))
    prefix = RandomIdentifier.hex(digest.finish()) + "-"
    self.sequence = sequence
  }

  /// nil for an entry that no aggregator has written.
  init?(entryID: String) {
    let parts = entryID.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 64, let sequence = Int64(parts[1]) else { return nil }
    prefix = parts[0] + "-"
    self.sequence = sequence
  }

  /// An ID that no other message has.
  func makeEntryID() -> String { "\(prefix)\(sequence)-\(RandomIdentifier.hex(byteCount: 8))" }
}
