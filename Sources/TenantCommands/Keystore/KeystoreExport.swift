import ArgumentParsing
import Certificates
import System
import TenantBase
import TenantRuntime

/// `tenant keystore export ALIAS`: a certificate as PEM.
struct KeystoreExport: Command {
  static let syntax = CommandSyntax(
    "keystore export", summary: "writes a certificate of the keystore as PEM",
    arguments: [ArgumentSyntax("ALIAS", help: "its name in the keystore")],
    options: [OptionSyntax("--out", .value("FILE"), help: "a new file; standard output when not given")],
    example: "tenant keystore export mail-ca --out mail-ca.pem")

  private let alias: String
  private let file: String?

  init(arguments: ParsedArguments) throws(UsageError) {
    alias = arguments.positionals.first ?? ""
    file = arguments.value(of: "--out")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let vault = try TenantKeystore.open(home: context.home)
    let pem = try KeystoreCertificate.named(alias, in: vault, home: context.home).certificate.pem
    guard let file else {
      context.console.print(pem)
      return .done
    }
    try FileContents.create(file, with: Array(pem.utf8), mode: 0o644)
    context.console.print(
      "Wrote the certificate '\(PrintableText.escaping(alias))' to \(PrintableText.escaping(file))\n")
    return .done
  }
}
