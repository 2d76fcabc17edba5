import ArgumentParsing
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant init`: makes a tenant home.
struct Init: Command {
  static let syntax = CommandSyntax(
    "init", summary: "makes a tenant home: its folders and its keystore",
    options: NewKey.options + [
      OptionSyntax("--key-file", .value("FILE"), help: "the key file, used as it is or made, outside the home")
    ],
    example: "tenant --home /srv/mail init",
    details: """
      Without an option the keystore opens with a random key in a key file of your own configuration folder, so that a
      service can start without a person. A home that is there already is left as it is.
      """)

  private let key: NewKey

  init(arguments: ParsedArguments) throws(UsageError) { key = try NewKey(arguments, of: Self.self) }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let creation = HomeCreation(home: home)
    guard try !creation.isDone() else { return try leaveAsItIs(home, context.console) }
    key.warnOfFile(inside: home, context.console)
    let outcome = try creation.make(slot: try key.slot())
    context.console.print(text(of: outcome, in: home))
    return .done
  }

  private func leaveAsItIs(_ home: TenantHome, _ console: Console) throws -> ExitCode {
    guard key.isDefault else {
      throw CommandError(
        .configuration,
        Explanation(
          "'\(PrintableText.escaping(home.fullPath))' is a tenant home already; nothing was changed",
          hints: ["add a key to its keystore: tenant\(home.hintOption) keystore add-key --help"]))
    }
    console.print("\(PrintableText.escaping(home.fullPath)) is a tenant home already; nothing was changed.\n")
    return .done
  }

  private func text(of outcome: HomeCreation.Outcome, in home: TenantHome) -> String {
    let made =
      outcome.madeFolders.isEmpty ? "its keystore" : outcome.madeFolders.map { $0 + "/" }.joined(separator: " ")
    var text = "Made a tenant home in \(PrintableText.escaping(home.fullPath)): \(made)"
    if !outcome.foundFolders.isEmpty {
      text += " (\(outcome.foundFolders.map { $0 + "/" }.joined(separator: " ")) were there)"
    }
    text += "\n"
    if outcome.tightenedKeystore { text += "The folder keystore/ is now open to you alone (mode 0700).\n" }
    return text + closingWords(outcome, home)
  }

  private func closingWords(_ outcome: HomeCreation.Outcome, _ home: TenantHome) -> String {
    let add = "tenant\(home.hintOption) keystore add-key"
    guard let slot = outcome.vault.slots.first else { return "" }
    let loss = "Whoever loses every key loses the secrets:"
    if case .passphrase = slot.method {
      return """
        The keystore opens with your passphrase, asked for on the terminal. \(loss)
          keep it in a safe place, and add a key file, with which a service starts alone:  \(add) --key-file FILE

        """
    }
    let file = KeySlotText.place(of: slot, in: outcome.vault)
    let mode = outcome.keyFile == nil ? "" : " (mode 0600)"
    return """
      The keystore opens with the key file \(file)\(mode). \(loss)
        keep a copy of that file, or add a passphrase:  \(add) --passphrase

      """
  }
}
