import Crypto
import System
import TenantBase

/// A file with a key of 32 bytes: 64 hexadecimal digits or 44 characters of base64, and a line end.
enum KeyFile {
  /// - Returns: nil when the file is not there.
  /// - Throws: `.system` when others can read it; `.badKeyFile` when it holds no key.
  static func read(_ path: String, access: FileAccess) throws(KeystoreError) -> SecretBytes? {
    guard let text = try readText(path, access: access) else { return nil }
    guard let key = KeyText.decode(text) else { throw noKey(path) }
    return consume key
  }

  private static func readText(_ path: String, access: FileAccess) throws(KeystoreError) -> SecretBytes? {
    do throws(SystemError) {
      return try SecretBytes.filling(capacity: KeystoreLimits.keyFileBytes) {
        (span: inout MutableSpan<UInt8>) throws(SystemError) -> Int in
        try SecretInput.readFile(path, into: &span, access: access)
      }
    } catch {
      switch error.kind {
      case .notFound: return nil
      case .tooLarge: throw noKey(path)
      default: throw KeystoreError(error)
      }
    }
  }

  private static func noKey(_ path: String) -> KeystoreError {
    KeystoreError(
      .badKeyFile, "'\(PrintableText.escaping(path))' holds no key",
      cause: "a key is 64 hexadecimal digits or 44 characters of base64")
  }

  /// Makes a file with a new random key. Folders that are missing are made, for this user only.
  static func create(_ path: String) throws(KeystoreError) -> SecretBytes {
    let key = SecretBytes.random(count: KeyText.keyLength)
    var line = SecretBuilder(capacity: KeyText.keyLength * 2 + 1)
    line.append(KeyText.encode(key))
    line.append([ASCII.lf])
    let content = line.finish()
    try onDisk { () throws(SystemError) in
      let (parent, name) = FilePath.split(path)
      try Folder.create(parent)
      // A key that was never used, of a process that was killed here.
      try Folder(opening: parent).removeAbandoned(of: name)
      try content.withSpan { (bytes) throws(SystemError) in try FileContents.create(path, with: bytes) }
    }
    return key
  }
}
