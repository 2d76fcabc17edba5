import ArgumentParsing
import Artifacts
import Certificates
import Crypto
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant keystore list`: the certificates, and the keys that open the keystore.
struct KeystoreList: Command {
  static let syntax = CommandSyntax(
    "keystore list", summary: "lists the certificates, and the keys that open the keystore",
    options: [
      OutputForm.option,
      OptionSyntax("--accept-rollback", help: "an older copy was put back on purpose, and counts from now on"),
    ], example: "tenant keystore list",
    details: "Deployed credentials are listed by list-artifacts. Nothing secret is shown.")

  private let form: OutputForm
  private let acceptsRollback: Bool

  init(arguments: ParsedArguments) throws(UsageError) {
    form = OutputForm(arguments)
    acceptsRollback = arguments.has("--accept-rollback")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let vault = try TenantKeystore.open(home: context.home, acceptRollback: acceptsRollback)
    let entries = try KeystoreCertificate.all(in: vault)
    switch form {
    case .json: context.console.print(json(vault, entries))
    case .table:
      if entries.isEmpty {
        context.console.print("No certificates. Trust one:  tenant import-certificate --help\n")
      } else {
        let head = ["Alias", "Type", "Valid until", "Subject"]
        context.console.print(Table.text([head] + entries.map(row)))
      }
      let head = ["Key", "Method", "Made on", "Where"]
      context.console.print("\n" + Table.text([head] + vault.slots.map { row($0, in: vault) }))
    }
    return .done
  }

  private func row(_ entry: KeystoreCertificate) -> [String] {
    let end = CertificateDate.day(entry.certificate.notAfter)
    return [
      PrintableText.escaping(entry.alias), "Certificate",
      entry.certificate.isExpired(at: WallTime.now.seconds) ? "\(end) EXPIRED" : end, entry.certificate.subject,
    ]
  }

  private func row(_ slot: KeySlot, in vault: Vault) -> [String] {
    [slot.id, slot.method.title, slot.created.localText, KeySlotText.place(of: slot, in: vault)]
  }

  private func json(_ vault: Vault, _ entries: [KeystoreCertificate]) -> JSONValue {
    [
      "storeId": .string(vault.storeID.description), "generation": .number(Int(clamping: vault.generation)),
      "certificates": .array(entries.map(\.json)),
      "keys": .array(
        vault.slots.map { slot in
          [
            "id": .string(slot.id), "method": .string(KeySlotText.method(of: slot)),
            "createdOn": .string(slot.created.rfc3339),
            "place": .string(KeySlotText.place(of: slot, in: vault)),
          ]
        }),
    ]
  }
}

/// A certificate of the keystore, read.
struct KeystoreCertificate {
  let entry: KeystoreEntry
  let certificate: Certificate

  var alias: String { entry.alias.text }

  /// nil when `entry` is no certificate.
  private init?(_ entry: KeystoreEntry) throws {
    guard case .certificate(let stored) = entry.content else { return nil }
    self.entry = entry
    certificate = try Certificate(der: stored.der)
  }

  static func all(in vault: Vault) throws -> [KeystoreCertificate] { try vault.entries().compactMap { try Self($0) } }

  /// - Throws: when there is none of that alias.
  static func named(_ alias: String, in vault: Vault, home: TenantHome) throws -> KeystoreCertificate {
    if let entry = try vault.certificate(alias: alias), let found = try Self(entry) { return found }
    let known = try all(in: vault).map { $0.alias }
    throw CommandError(
      .configuration,
      Explanation(
        "there is no certificate '\(PrintableText.escaping(alias))'",
        cause: NearestName.of(alias, among: known).map { "the nearest name is '\(PrintableText.escaping($0))'" },
        hints: ["see all: tenant\(home.hintOption) keystore list"]))
  }

  var json: JSONValue {
    guard case .object(let facts) = CertificateText.json(certificate) else { return .null }
    return .object(
      [
        JSONValue.Member("alias", .string(alias)), JSONValue.Member("type", .string(entry.type.rawValue)),
        JSONValue.Member("description", .string(entry.description)),
        JSONValue.Member("deployedBy", .string(entry.deployedBy)),
        JSONValue.Member("deployedOn", .string(entry.deployedOn.rfc3339)),
      ] + facts)
  }
}
