import Artifacts
import Crypto
import Keystore
import System
import TenantBase

/// Deploys artifacts, all or none: read, compare, then one change of the keystore.
package struct ArtifactDeployment {
  /// An artifact on its way, with what became known of its secret.
  package struct Item: Sendable {
    package let file: String
    package let artifact: Artifact
    /// As it stands in the file, opened; nil when it must come from elsewhere.
    package fileprivate(set) var secret: SecretBox?
    /// What the deployment would do; without a secret, as far as the rest tells.
    package fileprivate(set) var difference: Vault.Difference
    /// An artifact of the same name and type is deployed, whose secret can stay.
    package let hasStoredSecret: Bool
  }

  private let vault: Vault
  private let home: TenantHome
  package private(set) var items: [Item] = []

  package init(vault: Vault, home: TenantHome) {
    self.vault = vault
    self.home = home
  }

  /// Reads artifact files and opens their sealed secrets.
  ///
  /// - Returns: an error for each file that cannot be deployed; empty when all can.
  package mutating func read(_ files: [String]) -> [any Error] {
    var problems: [any Error] = []
    for file in files {
      do {
        try add(file)
      } catch {
        problems.append(TenantKeystoreError.telling(error, home: home))
      }
    }
    return problems
  }

  private mutating func add(_ file: String) throws {
    let read = try ArtifactFile.read(FileContents.read(file, limit: ArtifactLimits.fileBytes), file: file)
    let artifact = read.artifact
    if let other = items.first(where: { $0.artifact.name == artifact.name }) {
      throw HomeError(
        .badInput,
        Explanation(
          "'\(PrintableText.escaping(artifact.name.text))' stands in two files",
          places: [PrintableText.escaping(other.file), PrintableText.escaping(file)],
          hints: ["deploy one of them, or give the other one another name"]))
    }
    var secret: SecretBox?
    if case .sealed(let sealed) = read.secret { secret = SecretBox(try open(sealed, for: artifact, in: file)) }
    let deployed = try vault.artifact(named: artifact.name.text)?.artifact
    items.append(
      Item(
        file: file, artifact: artifact, secret: secret, difference: try difference(of: artifact, secret: secret),
        hasStoredSecret: deployed?.type == artifact.type))
  }

  private func open(_ sealed: SealedValue, for artifact: Artifact, in file: String) throws -> SecretBytes {
    do throws(KeystoreError) {
      return try vault.open(sealed, for: artifact)
    } catch {
      var explanation = error.explanation.within(places: [PrintableText.escaping(file)])
      explanation.hints = explanation.hints.map {
        home.completing(Self.naming(file, in: $0))
      }
      throw HomeError(error.failureClass, explanation)
    }
  }

  /// The keystore does not know the file's name: its hints say FILE.
  private static func naming(_ file: String, in hint: String) -> String {
    hint.hasSuffix(" FILE") ? hint.dropLast(4) + ShellText.quoted(PrintableText.escaping(file)) : hint
  }

  private func difference(of artifact: Artifact, secret: SecretBox?) throws -> Vault.Difference {
    guard let secret else { return try vault.difference(of: artifact, secret: nil) }
    return try vault.difference(of: artifact, secret: secret.bytes.copy())
  }

  /// Gives the item at `index` its secret.
  ///
  /// - Throws: when no artifact of that type can have it.
  package mutating func setSecret(_ secret: SecretBox, at index: Int) throws {
    let item = items[index]
    if let fault = SecretRule.fault(of: secret.bytes, for: item.artifact.type) {
      throw HomeError(
        .badInput,
        Explanation(
          "the \(item.artifact.type.secretTitle) for '\(PrintableText.escaping(item.artifact.name.text))' \(fault.text)",
          places: [PrintableText.escaping(item.file)]))
    }
    items[index].secret = secret
    items[index].difference = try difference(of: item.artifact, secret: secret)
  }

  /// Keeps the secret that is deployed under the item's name.
  package mutating func keepStoredSecret(at index: Int) throws {
    let item = items[index]
    try setSecret(SecretBox(try vault.secret(ofArtifact: item.artifact.name.text)), at: index)
  }

  /// Deploys what is new or changed.
  ///
  /// - Precondition: every item has its secret.
  package func deploy() throws {
    do throws(KeystoreError) {
      try vault.change { (change) throws(KeystoreError) in
        // What was the same when it was read may have been removed since.
        for item in items where item.difference != .same || !change.contains(artifact: item.artifact.name) {
          guard let secret = item.secret else { preconditionFailure("a secret was not asked for") }
          try change.deploy(item.artifact, secret: secret.bytes)
        }
      }
    } catch {
      throw TenantKeystoreError(error, home: home)
    }
  }
}
