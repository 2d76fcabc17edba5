import Crypto
import IMAP

/// Remembers the digests of mails, and nothing else of them.
final class DigestingSink: IncomingMessageSink {
  private(set) var digests: [UInt64: [UInt8]] = [:]
  private var uid: UInt64 = 0
  private var digest: Digest?

  func begin(_ message: IncomingMessage) async throws -> Bool {
    uid = message.uid
    digest = Digest(.sha256)
    return true
  }

  func receive(_ bytes: [UInt8]) async throws { digest?.update(bytes) }

  func end() async throws { digests[uid] = digest.take()?.finish() }

  func abandon() async { digest = nil }
}
