import ArgumentParsing
import Artifacts
import Certificates
import Keystore
import TenantBase
import TenantRuntime

/// `tenant keystore delete ALIAS`: a certificate is trusted no more.
struct KeystoreDelete: Command {
  static let syntax = CommandSyntax(
    "keystore delete", summary: "removes a certificate: it is trusted no more",
    arguments: [ArgumentSyntax("ALIAS", help: "its name in the keystore")],
    options: [OptionSyntax("--force", help: "does not ask")],
    example: "tenant keystore delete mail-ca")

  private let alias: String
  private let isForced: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    alias = arguments.positionals.first ?? ""
    isForced = arguments.has("--force")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let vault = try TenantKeystore.open(home: home)
    let found = try KeystoreCertificate.named(alias, in: vault, home: home)
    let name = PrintableText.escaping(alias)
    let question = "Remove the certificate '\(name)' (\(found.certificate.subject))?"
    guard try isForced || Confirmation.obtain(question, flag: "--force") else {
      context.console.printError("tenant: nothing was removed\n")
      return .failed
    }
    do throws(KeystoreError) {
      try vault.change { (change) throws(KeystoreError) in _ = change.distrust(alias: found.entry.alias) }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
    context.console.print("Removed the certificate '\(name)' (\(found.certificate.subject))\n")
    return .done
  }
}
