import Artifacts
import Crypto
import System

/// Reads a secret from outside straight into guarded memory.
package enum SecretReader {
  /// Asks on the terminal without echo.
  package static func ask(_ prompt: String) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: SecretInput.limit) {
      (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.ask(prompt, into: &span)
    }
  }

  /// Reads standard input to its end; one line end at the end does not belong to it.
  ///
  /// - Parameter limit: the most bytes; a Secure Parameter may have more than a password.
  package static func standardInput(limit: Int = SecretInput.limit) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: limit) { (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.readStandardInput(into: &span)
    }
  }

  /// Reads a file that a person names; one line end at the end does not belong to it.
  package static func file(_ path: String, limit: Int = SecretInput.limit) throws(SystemError) -> SecretBytes {
    try SecretBytes.filling(capacity: limit) { (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
      try SecretInput.readFile(path, into: &span)
    }
  }

  /// The most bytes that a secret of this type can have, with a line end.
  package static func limit(for type: ArtifactType) -> Int { type.secretCharacters * 4 + 2 }
}
