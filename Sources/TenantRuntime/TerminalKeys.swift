import Crypto
import Keystore
import Synchronization
import System
import TenantBase

/// The keys of the surroundings, and a passphrase asked for on the terminal when none of them fits.
package enum TerminalKeys {
  /// A passphrase is asked for only where somebody can answer, and once for each key.
  package static func sources(home: TenantHome) -> KeySources {
    var sources = KeySources.standard
    guard Terminal.isAvailable else { return sources }
    let folder = PrintableText.escaping(home.keystoreFolder)
    let given = GivenPassphrases()
    sources.passphrase = { slot throws(KeystoreError) in
      if let earlier = given.passphrase(for: slot) { return earlier }
      let answer: SecretBox
      do throws(SystemError) {
        answer = SecretBox(try SecretAnswer.ask("Passphrase of the keystore in \(folder) (key \(slot.id)): "))
      } catch {
        throw KeystoreError(error)
      }
      given.note(answer, for: slot)
      return answer
    }
    return sources
  }
}

/// What was typed for each key slot, so that a new master key does not ask again.
private final class GivenPassphrases: Sendable {
  private let byID = Mutex<[String: SecretBox]>([:])

  func passphrase(for slot: KeySlot) -> SecretBox? { byID.withLock { $0[slot.id] } }

  func note(_ passphrase: SecretBox, for slot: KeySlot) { byID.withLock { $0[slot.id] = passphrase } }
}

/// Secrets that a person types, or that a file or standard input holds.
package enum SecretAnswer {
  /// Asks on the terminal, without echo.
  package static func ask(_ prompt: String) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: SecretInput.limit) {
      (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.ask(prompt, into: &span)
    }
  }

  /// Everything on standard input, without one line end.
  package static func readStandardInput(limit: Int = longest) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: limit) { (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.readStandardInput(into: &span)
    }
  }

  /// The content of a file that a person names, without one line end.
  package static func readFile(_ path: String, limit: Int = longest) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: limit) { (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.readFile(path, into: &span, access: .named)
    }
  }

  /// Bytes of the longest secret from a file: a Secure Parameter of 4,096 characters of 4 bytes, with its line end.
  package static let longest = 16_386
}
