import ArgumentParsing
import Keystore
import System
import TenantBase
import TenantRuntime

/// What the options say about a key that is to open the keystore from now on.
struct NewKey: Sendable {
  static let options = options(passphrase: "opens the keystore with a passphrase, asked for twice")

  /// - Parameter help: what the option `--passphrase` does.
  static func options(passphrase help: String) -> [OptionSyntax] {
    [OptionSyntax("--passphrase", help: help)] + SecretOrigin.options("passphrase", help: "the passphrase")
  }

  private enum Choice: Equatable {
    case keyFile(String?)
    case passphrase
    case systemdCredential(String)
  }

  private let choice: Choice
  private let question: SecretQuestion

  /// - Throws: when the options name two keys.
  init(_ arguments: ParsedArguments, of command: any Command.Type) throws(UsageError) {
    let origin = try SecretOrigin.read(arguments, "passphrase", of: command)
    question = SecretQuestion(origin: origin, name: "passphrase")
    let wantsPassphrase = arguments.has("--passphrase") || origin != .terminal
    let file = arguments.value(of: "--key-file")
    if wantsPassphrase {
      guard file == nil, !arguments.has("--systemd-credential") else {
        throw command.usageError("a passphrase and a key file are two keys: add one after the other")
      }
      choice = .passphrase
    } else if arguments.has("--systemd-credential") {
      guard let file else {
        throw command.usageError(
          "option '--systemd-credential' needs --key-file FILE, where the credential's content lies")
      }
      choice = .systemdCredential(file)
    } else {
      choice = .keyFile(file)
    }
  }

  /// No option names a key.
  var isDefault: Bool { choice == .keyFile(nil) }

  /// Asks for what it needs.
  func slot() throws -> NewKeySlot {
    switch choice {
    case .keyFile(let path): .keyFile(path: path)
    case .systemdCredential(let path): .systemdCredential(keyFile: path)
    case .passphrase:
      .passphrase(try question.newAnswer("New passphrase: ", again: "The same passphrase again: "))
    }
  }

  /// The key file that the options name; nil for a passphrase and for the default.
  var filePath: String? {
    switch choice {
    case .keyFile(let file): file
    case .systemdCredential(let file): file
    case .passphrase: nil
    }
  }

  /// A key beside the lock protects nothing, and gets into backups and into git with it.
  func warnOfFile(inside home: TenantHome, _ console: Console) {
    let path: String
    switch choice {
    case .keyFile(let file?), .systemdCredential(let file): path = FilePath.join(Surroundings.currentFolder, file)
    case .keyFile(nil), .passphrase: return
    }
    guard path.hasPrefix(home.fullPath + "/") else { return }
    console.warn(
      "the key file lies inside the tenant home, where backups and copies take both together",
      hints: ["name a file outside of '\(PrintableText.escaping(home.fullPath))'"])
  }
}

/// A key slot as people and programs read it.
enum KeySlotText {
  /// As JSON output names it.
  static func method(of slot: KeySlot) -> String {
    switch slot.method {
    case .keyFile: "keyFile"
    case .systemdCredential: "systemdCredential"
    case .passphrase: "passphrase"
    }
  }

  /// Where its key is kept.
  static func place(of slot: KeySlot, in vault: Vault) -> String {
    switch slot.method {
    case .keyFile(let path):
      PrintableText.escaping(path ?? vault.location.defaultKeyFile(of: vault.storeID) ?? "(default key file)")
    case .systemdCredential(let name): PrintableText.escaping(name)
    case .passphrase: "asked for on the terminal"
    }
  }
}
