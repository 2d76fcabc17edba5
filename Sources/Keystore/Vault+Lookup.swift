import Artifacts
import Crypto
import System
import TenantBase

extension Vault {
  package var storeID: StoreIdentifier { state.header.storeID }

  /// Goes up with every change; a change of what is trusted or deployed is a change of this number.
  package var generation: UInt64 { state.header.generation }

  /// The key to which anyone can seal secrets for this tenant.
  package var sealingKey: SealingKey { state.header.sealingKey }

  package var slots: [KeySlot] { state.header.slots }

  /// All artifacts and certificates, sorted by name, artifacts first. Nothing is decrypted.
  package func entries() throws(KeystoreError) -> [KeystoreEntry] {
    let state = state
    var entries: [KeystoreEntry] = []
    for key in state.sortedKeys where key.space < .retiredSealingKeys {
      if let stored = try state.storedEntry(for: key) { entries.append(stored.entry) }
    }
    return entries
  }

  /// The artifact of that name; nil when it is not deployed.
  package func artifact(named name: String) throws(KeystoreError) -> KeystoreEntry? {
    try entry(.artifacts, name)
  }

  /// The User Credentials of that name; nil when there are none, or the name is of another kind of artifact.
  package func userCredentials(named name: String) throws(KeystoreError) -> DeployedCredentials? {
    guard let entry = try artifact(named: name), case .userCredentials(let credentials) = entry.content else {
      return nil
    }
    return DeployedCredentials(credentials: credentials, entry: entry)
  }

  /// The trusted certificate under that alias; nil when there is none.
  package func certificate(alias: String) throws(KeystoreError) -> KeystoreEntry? { try entry(.certificates, alias) }

  /// All trusted certificates, sorted by alias.
  package func certificates() throws(KeystoreError) -> [CertificateEntry] {
    let state = state
    var certificates: [CertificateEntry] = []
    for key in state.sortedKeys where key.space == .certificates {
      if case .certificate(let certificate)? = try state.storedEntry(for: key)?.entry.content {
        certificates.append(certificate)
      }
    }
    return certificates
  }

  /// The secret of an artifact: decrypted now, for the caller alone.
  ///
  /// - Throws: `.unknownEntry`, `.expired`, `.entryDamaged`.
  package func secret(ofArtifact name: String, now: WallTime = .now) throws(KeystoreError) -> SecretBytes {
    let state = state
    guard let key = Self.key(.artifacts, name), let stored = try state.storedEntry(for: key) else {
      throw .unknownEntry(name, "artifact")
    }
    if let expires = stored.entry.expires, expires <= now {
      throw KeystoreError(
        .expired(expires), "\(stored.entry.type.title) '\(stored.entry.alias)' expired on \(expires.rfc3339)",
        hints: ["deploy it again with a secret that is valid"])
    }
    return try state.secret(of: stored)
  }

  private func entry(_ space: EntrySpace, _ alias: String) throws(KeystoreError) -> KeystoreEntry? {
    guard let key = Self.key(space, alias) else { return nil }
    return try state.storedEntry(for: key)?.entry
  }

  /// nil for a text that cannot be a name: nothing is deployed under it.
  static func key(_ space: EntrySpace, _ alias: String) -> EntryKey? {
    (try? ArtifactName(alias)).map { EntryKey(space: space, alias: $0) }
  }
}

/// User Credentials as they are deployed, without the password.
package struct DeployedCredentials: Sendable, Equatable {
  package let credentials: UserCredentials
  package let entry: KeystoreEntry
}

// MARK: Deployment

extension Vault {
  /// What a deployment of an artifact would do.
  package enum Difference: Sendable, Equatable {
    case new, changed, same
  }

  /// Compares an artifact, and its secret when it is known, with what is deployed. The secret is compared in constant time.
  ///
  /// - Parameter secret: nil compares what is not secret only.
  package func difference(
    of artifact: Artifact, secret: borrowing SecretBytes?
  ) throws(KeystoreError) -> Difference {
    let state = state
    guard let stored = try state.storedEntry(for: EntryKey(space: .artifacts, alias: artifact.name)) else {
      return .new
    }
    guard stored.entry.artifact == artifact else { return .changed }
    guard secret != nil else { return .same }
    let deployed = try state.secret(of: stored)
    return secret.isEqual(to: deployed) ? .same : .changed
  }

  /// Opens a sealed value for the artifact in whose file it stands.
  ///
  /// - Throws: `.sealedForOtherTenant`, `.sealedToUnknownKey`, `.sealedForOtherArtifact`, `.sealedValueDamaged`.
  package func open(_ sealed: SealedValue, for artifact: Artifact) throws(KeystoreError) -> SecretBytes {
    let state = state
    let subject = "the sealed \(artifact.type.secretTitle) of '\(PrintableText.escaping(artifact.name.text))'"
    let remedy = "seal it for this tenant: tenant seal-artifact FILE"
    guard sealed.storeID == state.header.storeID else {
      throw KeystoreError(
        .sealedForOtherTenant, "\(subject) is for another tenant",
        cause: "it was sealed for the keystore \(sealed.storeID), and this one is \(state.header.storeID)",
        hints: [remedy], failureClass: .badInput)
    }
    let seed = try sealingSeed(for: sealed.keyID, in: state, subject: subject, remedy: remedy)
    do throws(SealedValue.OpenFault) {
      return try sealed.open(type: artifact.type, name: artifact.name, seed: seed)
    } catch {
      switch error {
      case .otherArtifact:
        throw KeystoreError(
          .sealedForOtherArtifact, "\(subject) was sealed for another name or kind",
          hints: ["seal it again under this name: tenant seal-artifact FILE"], failureClass: .badInput)
      case .notGenuine:
        throw KeystoreError(
          .sealedValueDamaged, "\(subject) does not open", cause: "it was changed after it was sealed",
          hints: [remedy], failureClass: .badInput)
      }
    }
  }

  private func sealingSeed(
    for keyID: SealingKey.Identifier, in state: KeystoreState, subject: String, remedy: String
  ) throws(KeystoreError) -> SecretBytes {
    if keyID == state.header.sealingKey.identifier { return state.keys.sealingSeed.copy() }
    guard let key = Self.key(.retiredSealingKeys, keyID.description), let seed = try state.secret(for: key),
      seed.count == SealedBox.seedLength
    else {
      throw KeystoreError(
        .sealedToUnknownKey, "\(subject) was sealed to the key \(keyID), which this tenant does not have",
        hints: [remedy], failureClass: .badInput)
    }
    return seed
  }
}

extension SecretBytes? {
  /// Whether there is a secret and it is `other`.
  fileprivate borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
    switch self {
    case .some(let secret): secret.isEqual(to: other)
    case .none: false
    }
  }
}
