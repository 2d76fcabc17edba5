import ArgumentParsing
import Artifacts
import Certificates
import Keystore
import MailAdapters
import System
import TenantBase
import TenantRuntime

/// `tenant import-certificate`: trusts certificates of files or of a server, after a person saw them.
struct ImportCertificate: Command {
  static let syntax = CommandSyntax(
    "import-certificate", summary: "trusts certificates from files or from a server",
    arguments: [ArgumentSyntax("FILE", .any, help: "PEM with one or several, DER, or PKCS#7")],
    options: [
      OptionSyntax(
        "--from-server", .value("HOST:PORT"), help: "instead of a file: the authority that this server shows"),
      OptionSyntax(
        "--protocol", .choice(["smtp", "imap", "pop3"]),
        help: "with --from-server: STARTTLS of this protocol; known by itself for the ports 25, 587, 143 and 110"),
      OptionSyntax("--alias", .value("NAME"), help: "the name in the keystore; several get NAME-1, NAME-2"),
      OptionSyntax("--yes", help: "does not ask: the fingerprints were compared"),
      OptionSyntax("--force", help: "imports expired certificates too"),
      OutputForm.option,
    ],
    example: "tenant import-certificate ca.pem --alias mail-ca",
    details: """
      A trusted certificate vouches for every server whose certificate it signed. Compare the SHA-256 fingerprint with
      one that you got another way. Without --alias the name comes from the certificate's subject.
      """)

  private enum Source: Equatable {
    case files([String])
    case server(ServerAddress, StartTLSProtocol?)
  }

  private let source: Source
  private let alias: ArtifactName?
  private let isAgreed: Bool
  private let takesExpired: Bool
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    source = try Self.source(arguments)
    if let text = arguments.value(of: "--alias") {
      do throws(NameFault) { alias = try ArtifactName(text) } catch {
        throw Self.usageError("the alias \(error.text)")
      }
    } else {
      alias = nil
    }
    isAgreed = arguments.has("--yes")
    takesExpired = arguments.has("--force")
    form = OutputForm(arguments)
  }

  private static func source(_ arguments: ParsedArguments) throws(UsageError) -> Source {
    let files = arguments.positionals
    guard let text = arguments.value(of: "--from-server") else {
      guard !arguments.has("--protocol") else { throw usageError("option '--protocol' goes with --from-server") }
      guard !files.isEmpty else { throw usageError("missing FILE, or --from-server HOST:PORT") }
      return .files(files)
    }
    guard files.isEmpty else { throw usageError("files and --from-server exclude each other") }
    guard let address = ServerAddress(text, defaultPort: nil) else { throw usageError("'\(text)' is not HOST:PORT") }
    return .server(address, arguments.value(of: "--protocol").flatMap(StartTLSProtocol.init(rawValue:)))
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    var work = try CertificateImport(vault: TenantKeystore.open(home: context.home), home: context.home)
    switch source {
    case .files(let files): try offer(files, to: &work, context.console)
    case .server(let address, let upgrade): try await offer(address, upgrade, to: &work, context.console)
    }
    let facts = work.candidates.map(CertificateText.lines).joined(separator: "\n")
    if form == .table { context.console.print(facts) } else if !isAgreed { context.console.printError(facts) }
    let pending = work.pending
    try refuseExpired(pending)
    guard !pending.isEmpty else {
      let what = work.candidates.count == 1 ? "it" : "them all"
      context.console.printError("tenant: nothing to import: the keystore has \(what) already\n")
      showResult(of: work, context.console)
      return .done
    }
    guard try isAgreed || agree(to: pending) else {
      context.console.printError("tenant: nothing was imported\n")
      return .failed
    }
    try work.commit()
    showResult(of: work, context.console)
    return .done
  }

  private func offer(_ files: [String], to work: inout CertificateImport, _ console: Console) throws {
    var read: [(String, CertificateFile)] = []
    for file in files {
      let bytes = try FileContents.read(file, limit: CertificateLimits.inputBytes)
      read.append((file, try CertificateFile(reading: bytes, name: file)))
    }
    let isOneOfSeveral = read.reduce(0) { $0 + $1.1.certificates.count } > 1
    if alias != nil, isOneOfSeveral, read.count > 1 {
      // One numbering over all files.
      var all: [Certificate] = []
      for (_, file) in read { all += file.certificates.filter { !all.contains($0) } }
      try work.offer(all, from: "\(read.count) files", alias: alias)
    } else {
      for (path, file) in read { try work.offer(file.certificates, from: path, alias: alias) }
    }
    for (path, file) in read {
      for other in file.others {
        console.warn(
          "\(SourcePlace(file: path, line: other.line)) is \(other.content.words), which is not imported",
          hints: other.content == .privateKey ? ["keep private keys where only their owner can read them"] : [])
      }
    }
  }

  private func offer(
    _ address: ServerAddress, _ upgrade: StartTLSProtocol?, to work: inout CertificateImport,
    _ console: Console
  ) async throws {
    let shown = try await ServerCertificates.fetch(from: address, upgrade: upgrade)
    guard let authority = shown.chain.last else { return }
    for line in CertificateText.chainLines(shown) { console.printError("tenant: \(line)\n") }
    try work.offer([authority], from: address.description, alias: alias)
  }

  private func refuseExpired(_ pending: [CertificateImport.Candidate]) throws {
    guard !takesExpired, let expired = pending.first(where: { $0.standing == .expired }) else { return }
    throw CommandError(
      .refused,
      Explanation(
        "the certificate '\(expired.certificate.subject)' is expired; nothing was imported",
        places: [PrintableText.escaping(expired.origin)],
        cause: "it was valid until \(CertificateDate.day(expired.certificate.notAfter))",
        hints: ["import it nevertheless with --force"]))
  }

  private func agree(to pending: [CertificateImport.Candidate]) throws -> Bool {
    let what = pending.count == 1 ? "this certificate" : "these \(pending.count) certificates"
    return try Confirmation.obtain("Trust \(what), with the fingerprint shown above?", flag: "--yes")
  }

  private func showResult(of work: CertificateImport, _ console: Console) {
    switch form {
    case .json: console.print(.array(work.candidates.map { CertificateText.json($0) }))
    case .table:
      console.print(
        Table.text(
          work.candidates.map {
            [
              PrintableText.escaping($0.alias.text), "Certificate",
              $0.standing == .present ? "there already" : "imported",
            ]
          }))
    }
  }
}
