import ArgumentParsing
import Artifacts
import Certificates
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant keystore show ALIAS`: all facts of a certificate.
struct KeystoreShow: Command {
  static let syntax = CommandSyntax(
    "keystore show", summary: "shows a certificate of the keystore",
    arguments: [ArgumentSyntax("ALIAS", help: "its name in the keystore")],
    options: [OutputForm.option], example: "tenant keystore show mail-ca")

  private let alias: String
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    alias = arguments.positionals.first ?? ""
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let vault = try TenantKeystore.open(home: context.home)
    let found = try KeystoreCertificate.named(alias, in: vault, home: context.home)
    switch form {
    case .json: context.console.print(found.json)
    case .table:
      let origin = found.entry.description
      let rows =
        CertificateText.facts(found.certificate) + [
          ["serial", found.certificate.serialNumber], ["key", found.certificate.publicKey.description],
          ["signature", found.certificate.signatureAlgorithm],
          [
            "imported",
            "\(found.entry.deployedOn.localText) by \(PrintableText.escaping(found.entry.deployedBy))"
              + (origin.isEmpty ? "" : ", \(PrintableText.escaping(origin))"),
          ],
        ]
      context.console.print("\(PrintableText.escaping(found.alias))\n" + CertificateText.indented(rows))
    }
    return .done
  }
}
