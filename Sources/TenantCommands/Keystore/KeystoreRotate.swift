import ArgumentParsing
import Keystore
import TenantRuntime

/// `tenant keystore rotate`: a new master key, and everything encrypted again.
struct KeystoreRotate: Command {
  static let syntax = CommandSyntax(
    "keystore rotate", summary: "makes a new master key and encrypts everything again",
    example: "tenant keystore rotate",
    details: """
      The keys that open the keystore stay, and each must be at hand: key files in their places, passphrases on the
      terminal. Values that were sealed before still open; 'keystore public-key' prints a new key.
      """)

  init(arguments: ParsedArguments) throws(UsageError) {}

  func run(in context: CommandContext) async throws -> ExitCode {
    let rekeying = try Rekeying(context)
    try rekeying.rotate()
    let count = rekeying.vault.slots.count
    context.console.print(
      "The keystore has a new master key; \(count == 1 ? "its key opens it" : "its \(count) keys open it") as before\n")
    return .done
  }
}
