import ArgumentParsing
import Artifacts
import Keystore
import TenantBase
import TenantRuntime

/// `tenant keystore rename ALIAS NEW`: gives a certificate another name.
struct KeystoreRename: Command {
  static let syntax = CommandSyntax(
    "keystore rename", summary: "gives a certificate of the keystore another name",
    arguments: [
      ArgumentSyntax("ALIAS", help: "its name in the keystore"), ArgumentSyntax("NEW", help: "the name it is to have"),
    ], example: "tenant keystore rename mail-ca smtp-ca")

  private let alias: String
  private let newAlias: ArtifactName

  init(arguments: ParsedArguments) throws(UsageError) {
    alias = arguments.positionals.first ?? ""
    do throws(NameFault) { newAlias = try ArtifactName(arguments.positionals.last ?? "") } catch {
      throw Self.usageError("the new alias \(error.text)")
    }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let home = context.home
    let vault = try TenantKeystore.open(home: home)
    let found = try KeystoreCertificate.named(alias, in: vault, home: home)
    do throws(KeystoreError) {
      try vault.change { (change) throws(KeystoreError) in
        try change.renameCertificate(found.entry.alias, to: newAlias)
      }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
    let names = (PrintableText.escaping(alias), PrintableText.escaping(newAlias.text))
    context.console.print("Renamed the certificate '\(names.0)' to '\(names.1)'\n")
    return .done
  }
}
