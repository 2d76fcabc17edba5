import ArgumentParsing
import Keystore
import TenantBase
import TenantRuntime

/// `tenant keystore change-passphrase`: the old passphrase opens nothing any more.
struct KeystoreChangePassphrase: Command {
  static let syntax = CommandSyntax(
    "keystore change-passphrase", summary: "replaces the passphrase; the old one opens nothing any more",
    options: [OptionSyntax("--key", .value("ID"), help: "which passphrase, when there are several")]
      + SecretOrigin.options("passphrase", help: "the new passphrase"),
    example: "tenant keystore change-passphrase",
    details: """
      The keystore gets a new master key and is encrypted again, its last good copy too. Every other key must be at hand
      for that: key files in their places, passphrases on the terminal.
      """)

  private let id: String?
  private let question: SecretQuestion

  init(arguments: ParsedArguments) throws(UsageError) {
    id = arguments.value(of: "--key")
    question = SecretQuestion(
      origin: try SecretOrigin.read(arguments, "passphrase", of: Self.self), name: "passphrase")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let rekeying = try Rekeying(context)
    let slot = try chosen(in: rekeying.vault, home: context.home)
    let answer = try question.newAnswer("New passphrase: ", again: "The same passphrase again: ")
    try rekeying.rotate(removing: [slot.id], adding: .passphrase(answer))
    context.console.print("Changed the passphrase; the old one opens nothing any more\n")
    return .done
  }

  private func chosen(in vault: Vault, home: TenantHome) throws -> KeySlot {
    let passphrases = vault.slots.filter { if case .passphrase = $0.method { true } else { false } }
    let fitting = id.map { id in passphrases.filter { $0.id == id } } ?? passphrases
    if fitting.count == 1, let slot = fitting.first { return slot }
    if let id {
      throw CommandError(
        .configuration,
        Explanation(
          "'\(PrintableText.escaping(id))' is no passphrase of the keystore",
          hints: ["see its keys: tenant\(home.hintOption) keystore list"]))
    }
    guard fitting.isEmpty else {
      throw CommandError(
        .usage,
        Explanation(
          "the keystore has \(fitting.count) passphrases",
          hints: ["say which: --key \(fitting.map(\.id).joined(separator: " or --key "))"]))
    }
    throw CommandError(
      .configuration,
      Explanation(
        "the keystore has no passphrase", hints: ["add one: tenant\(home.hintOption) keystore add-key --passphrase"]))
  }
}
