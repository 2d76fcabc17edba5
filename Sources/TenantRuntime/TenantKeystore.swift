import Crypto
import Keystore
import System
import TenantBase

/// The keystore of a tenant's home, opened the same way by every command.
package enum TenantKeystore {
  package static func location(of home: TenantHome) -> VaultLocation {
    var location = VaultLocation(home: home.path)
    location.folder = home.keystoreFolder
    return location
  }

  /// Opens the keystore with the key that is at hand: key file, systemd credential, and last a passphrase, asked for where
  /// there is a terminal.
  ///
  /// - Parameter acceptRollback: an old copy that was put back on purpose is opened.
  /// - Throws: `TenantKeystoreError`; that there is no keystore yet names the folder and `tenant init` for the same home.
  package static func open(home: TenantHome, acceptRollback: Bool = false) throws -> Vault {
    try open(home: home, keys: TerminalKeys.sources(home: home), acceptRollback: acceptRollback)
  }

  /// The same with keys from elsewhere.
  package static func open(home: TenantHome, keys: KeySources, acceptRollback: Bool = false) throws -> Vault {
    do {
      return try Vault.open(at: location(of: home), keys: keys, acceptRollback: acceptRollback)
    } catch {
      if error.kind == .notFound { try refuseRemains(in: home) }
      throw TenantKeystoreError.telling(error, home: home)
    }
  }

  /// The keystore; nil when the home has none yet.
  ///
  /// - Throws: as ``isPresent(in:)``, and when it cannot be opened.
  package static func openIfPresent(home: TenantHome) throws -> Vault? {
    try isPresent(in: home) ? try open(home: home) : nil
  }

  /// Whether the home has a keystore.
  ///
  /// - Throws: when the folder may not be entered, and when the keystore is lost and a copy of it still there: that is no
  ///   home without a keystore.
  package static func isPresent(in home: TenantHome) throws -> Bool {
    do throws(KeystoreError) {
      if try location(of: home).hasKeystore() { return true }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
    try refuseRemains(in: home)
    return false
  }

  /// A new keystore beside the last copy of a lost one would write over that copy with its second change.
  private static func refuseRemains(in home: TenantHome) throws {
    guard FileStatus.isFolder(home.keystoreFolder) else { return }
    // A temporary file is no copy: it was left by a process that was killed, and goes with the next change.
    let remains = try Folder(opening: home.keystoreFolder).entries().filter {
      $0.hasPrefix("keystore.tks.") && !$0.hasSuffix(".tmp")
    }
    guard let copy = remains.first else { return }
    let path = ShellText.quoted(FilePath.join(home.keystoreFolder, copy))
    throw HomeError(
      .configuration,
      Explanation(
        "'\(PrintableText.escaping(home.keystoreFolder))' has no keystore, but a copy of one",
        places: [PrintableText.escaping(copy)],
        hints: [
          "put it back: cp -p \(path) \(ShellText.quoted(FilePath.join(home.keystoreFolder, "keystore.tks")))",
          "or move the copy away, and make a new keystore: tenant\(home.hintOption) init",
        ]))
  }
}

/// An error of the keystore, told with commands that work for this home.
package struct TenantKeystoreError: ExplainedError {
  package let underlying: KeystoreError
  package let explanation: Explanation
  package let failureClass: FailureClass

  package var kind: KeystoreError.Kind { underlying.kind }

  package init(_ error: KeystoreError, home: TenantHome) {
    underlying = error
    if case .system(let fault) = error.kind, fault.isInterruption {
      explanation = Explanation("interrupted; nothing was changed")
      failureClass = .permanent
      return
    }
    failureClass = error.failureClass
    var explanation = error.explanation
    switch error.kind {
    case .notFound:
      explanation.summary = "there is no keystore in '\(PrintableText.escaping(home.keystoreFolder))'"
      explanation.hints = [
        "make the tenant home: tenant\(home.hintOption) init",
        "or name the home it is in: tenant --home DIR",
      ]
    case .keyMissing:
      explanation.hints = [
        "put the key file back where it was; a keystore with a passphrase opens on a terminal only"
      ]
    case .rolledBack:
      explanation.hints = [
        "when an old copy was put back on purpose: tenant\(home.hintOption) keystore list --accept-rollback"
      ]
    case .malformed:
      explanation.hints = Self.waysBack(in: home) ?? explanation.hints
    case .unknownEntry:
      explanation.hints = ["see what is there: tenant\(home.hintOption) list-artifacts"]
    default:
      explanation.hints = explanation.hints.map { home.completing($0) }
    }
    self.explanation = explanation
  }

  /// The commands that bring the last good copy back; nil when there is none.
  private static func waysBack(in home: TenantHome) -> [String]? {
    let path = FilePath.join(home.keystoreFolder, "keystore.tks")
    let copy = path + ".previous"
    guard FileStatus.isRegularFile(copy) else { return nil }
    return [
      "put the last good copy back: cp -p \(ShellText.quoted(copy)) \(ShellText.quoted(path))",
      "and then accept that it is older: tenant\(home.hintOption) keystore list --accept-rollback",
    ]
  }

  /// The same error with commands in its hints that work for this home.
  package static func telling(_ error: any Error, home: TenantHome) -> any Error {
    if let error = error as? KeystoreError { return TenantKeystoreError(error, home: home) }
    guard !home.hintOption.isEmpty, !(error is HomeError), let error = error as? any ExplainedError else {
      return error
    }
    var explanation = error.explanation
    explanation.hints = explanation.hints.map { home.completing($0) }
    return HomeError(error.failureClass, explanation)
  }
}

extension SystemError.Kind {
  /// A question was answered with Ctrl-C or Ctrl-D.
  package var isInterruption: Bool {
    switch self {
    case .interrupted, .endOfInput: true
    default: false
    }
  }
}

extension TenantHome {
  /// A hint of a part that knows no home, with the home in its command: `...: tenant init` works in the home's folder only.
  package func completing(_ hint: String) -> String {
    guard !hintOption.isEmpty else { return hint }
    let marker = ": tenant "
    var text = ""
    var rest = hint[...]
    while let start = Self.firstRange(of: marker, in: rest) {
      text += rest[..<start] + ": tenant"
      rest = rest[start...].dropFirst(marker.count)
      // A part that knows the home has written it already.
      text += rest.hasPrefix("--home ") ? " " : "\(hintOption) "
    }
    return text + rest
  }

  private static func firstRange(of marker: String, in text: Substring) -> String.Index? {
    text.indices.first { text[$0...].hasPrefix(marker) }
  }
}
