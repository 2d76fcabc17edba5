import Artifacts
import Crypto
import Keystore
import MailAdapters
import System
import TenantBase

/// The keystore's User Credentials as mail adapters ask for them.
struct KeystoreCredentials: CredentialSource {
  /// Nil when the home has no keystore.
  let keystore: Vault?
  let home: TenantHome

  func mailCredential(named name: String) throws -> MailCredential {
    guard let keystore else {
      throw RunRefusal(
        failureClass: .configuration,
        explanation: Explanation(
          "credential '\(PrintableText.escaping(name, limit: 200))' is not deployed",
          cause: "there is no keystore in '\(PrintableText.escaping(home.keystoreFolder))'",
          hints: ["make it: tenant\(home.hintOption) init"]))
    }
    guard let deployed = try keystore.userCredentials(named: name) else { throw notDeployed(name, in: keystore) }
    let password = try keystore.secret(ofArtifact: name)
    return MailCredential(
      name: name, user: deployed.credentials.user, password: SecretBox(password),
      allowedHosts: deployed.credentials.allowedHosts.map(\.pattern),
      origin: "deployed \(deployed.entry.deployedOn.localText) by \(PrintableText.escaping(deployed.entry.deployedBy))",
      version: deployed.entry.version, replacement: deployment(of: name))
  }

  /// The command that deploys the artifact file of that name; the usual place of the file when there is none.
  private func deployment(of name: String) -> String {
    let file = FilePath.join(home.artifactsFolder, "\(name).xml")
    return "tenant\(home.hintOption) deploy-artifact \(ShellText.quoted(PrintableText.escaping(file)))"
  }

  private func notDeployed(_ name: String, in keystore: Vault) -> RunRefusal {
    let shown = PrintableText.escaping(name)
    let file = FilePath.join(home.artifactsFolder, "\(name).xml")
    let quotedFile = ShellText.quoted(PrintableText.escaping(file))
    let deploy = deployment(of: name)
    let make = "tenant new-artifact UserCredentials \(ShellText.quoted(shown)) --user USER > \(quotedFile)"
    let known = ((try? keystore.entries()) ?? []).filter { $0.type == .userCredentials }.map { $0.alias.text }
    return RunRefusal(
      failureClass: .configuration,
      explanation: Explanation(
        "credential '\(PrintableText.escaping(name, limit: 200))' is not deployed",
        cause: known.isEmpty ? "no User Credentials are deployed" : "deployed are: \(known.joined(separator: ", "))",
        hints: FileStatus.exists(file) ? [deploy] : [make, deploy]))
  }
}
