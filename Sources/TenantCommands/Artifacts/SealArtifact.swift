import ArgumentParsing
import Artifacts
import Crypto
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant seal-artifact FILE`: puts the secret into the file so that only the tenant can open it.
struct SealArtifact: Command {
  static let syntax = CommandSyntax(
    "seal-artifact", summary: "seals the secret of an artifact file for one tenant",
    arguments: [ArgumentSyntax("FILE", help: "an artifact file; everything but its secret stays byte for byte")],
    options: [
      OptionSyntax(
        "--public-key", .value("KEY|FILE"),
        help: "the tenant's key, as 'keystore public-key' prints it, or a file of it")
    ] + SecretOrigin.options("password", help: "the password or value"),
    example: #"tenant seal-artifact "artifacts/Gmail Credentials.xml" --public-key sealing-key.txt"#,
    details: """
      A secret that stands in the file in the open is sealed as it is; otherwise it is asked for. With --public-key no
      tenant home and no other key is needed; without it, the key of the home's keystore is used.
      """)

  private let file: String
  private let keyText: String?
  private let question: SecretQuestion

  init(arguments: ParsedArguments) throws(UsageError) {
    file = arguments.positionals.first ?? ""
    keyText = arguments.value(of: "--public-key")
    question = SecretQuestion(
      origin: try SecretOrigin.read(arguments, "password", of: Self.self), name: "password")
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let sealing = try ArtifactSealing(file: file)
    let key = try sealingKey(context)
    let secret = try secret(for: sealing.artifact, sealing)
    try sealing.seal(secret, to: key)
    let name = PrintableText.escaping(sealing.artifact.name.text)
    context.console.print(
      "Sealed the \(sealing.artifact.type.secretTitle) of '\(name)' in \(PrintableText.escaping(file)) for the tenant \(key.storeID)\n"
    )
    return .done
  }

  private func sealingKey(_ context: CommandContext) throws -> SealingKey {
    guard let keyText else { return try TenantKeystore.open(home: context.home).sealingKey }
    if let key = SealingKey(text: keyText) { return key }
    guard !keyText.hasPrefix("tkp1:") else {
      throw CommandError(
        .badInput,
        Explanation("the public key is damaged", cause: "its check does not fit: a character is missing or wrong"))
    }
    let content = try FileContents.read(keyText, limit: 4096)
    guard let key = SealingKey(text: String(decoding: content, as: UTF8.self)) else {
      throw CommandError(
        .badInput,
        Explanation(
          "'\(PrintableText.escaping(keyText))' holds no public key of a tenant",
          hints: ["make it where the tenant is: tenant keystore public-key > \(ShellText.quoted(keyText))"]))
    }
    return key
  }

  private func secret(for artifact: Artifact, _ sealing: ArtifactSealing) throws -> SecretBox {
    if let plain = sealing.plainSecret {
      guard question.origin == .terminal else {
        throw CommandError(
          .usage,
          Explanation(
            "'\(PrintableText.escaping(file))' holds a \(artifact.type.secretTitle) already, and another one was given",
            hints: ["take one of the two away"]))
      }
      return plain
    }
    let name = PrintableText.escaping(artifact.name.text)
    switch artifact {
    case .userCredentials(let credentials):
      return try question.answer("Password for \(PrintableText.escaping(credentials.user)): ")
    case .secureParameter: return try question.answer("Value of '\(name)': ")
    }
  }
}
