import ArgumentParsing
import Artifacts
import Keystore
import TenantRuntime

/// `tenant keystore public-key`: the key to which anyone can seal secrets for this tenant.
struct KeystorePublicKey: Command {
  static let syntax = CommandSyntax(
    "keystore public-key", summary: "prints the key to which anyone can seal secrets for this tenant",
    example: "tenant keystore public-key > sealing-key.txt",
    details: "It is not secret. With it alone, 'seal-artifact FILE --public-key sealing-key.txt' works anywhere.")

  init(arguments: ParsedArguments) throws(UsageError) {}

  func run(in context: CommandContext) async throws -> ExitCode {
    context.console.print(try TenantKeystore.open(home: context.home).sealingKey.text + "\n")
    return .done
  }
}
