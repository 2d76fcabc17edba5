import Artifacts
import Crypto
import System

/// What of an entry is not secret.
package struct KeystoreEntry: Sendable, Equatable {
  package var content: Content
  /// The generation of the keystore that wrote this content: another content has another version, also after the name was
  /// removed and used again.
  package var version: UInt64
  package var deployedBy: String
  package var deployedOn: WallTime
  /// From this moment on the secret is refused; nil for never.
  package var expires: WallTime?

  package enum Content: Sendable, Equatable {
    case userCredentials(UserCredentials)
    case secureParameter(SecureParameter)
    case certificate(CertificateEntry)
    /// The sealing key of an earlier master key, kept for what was sealed to it. Its alias is the key's identifier.
    case retiredSealingKey(ArtifactName)
    /// A key for what flows keep in the tenant's data. Its alias is the key's identifier.
    case stateKey(ArtifactName)
  }

  package var alias: ArtifactName {
    switch content {
    case .userCredentials(let credentials): credentials.name
    case .secureParameter(let parameter): parameter.name
    case .certificate(let certificate): certificate.alias
    case .retiredSealingKey(let alias), .stateKey(let alias): alias
    }
  }

  package var type: EntryType {
    switch content {
    case .userCredentials: .userCredentials
    case .secureParameter: .secureParameter
    case .certificate: .certificate
    case .retiredSealingKey: .retiredSealingKey
    case .stateKey: .stateKey
    }
  }

  package var description: String {
    switch content {
    case .userCredentials(let credentials): credentials.description
    case .secureParameter(let parameter): parameter.description
    case .certificate(let certificate): certificate.description
    case .retiredSealingKey, .stateKey: ""
    }
  }

  /// What the artifact file said; nil for what does not come from one.
  package var artifact: Artifact? {
    switch content {
    case .userCredentials(let credentials): .userCredentials(credentials)
    case .secureParameter(let parameter): .secureParameter(parameter)
    case .certificate, .retiredSealingKey, .stateKey: nil
    }
  }

  package func isExpired(at now: WallTime) -> Bool { expires.map { $0 <= now } ?? false }
}

/// A certificate that this tenant trusts.
package struct CertificateEntry: Sendable, Equatable {
  package var alias: ArtifactName
  package var description: String
  package var der: [UInt8]

  package init(alias: ArtifactName, der: [UInt8], description: String = "") {
    self.alias = alias
    self.der = der
    self.description = description
  }
}

package enum EntryType: String, Sendable, CaseIterable {
  case userCredentials = "UserCredentials"
  case secureParameter = "SecureParameter"
  case certificate = "Certificate"
  case retiredSealingKey = "RetiredSealingKey"
  case stateKey = "StateKey"

  package var title: String {
    switch self {
    case .userCredentials: "User Credentials"
    case .secureParameter: "Secure Parameter"
    case .certificate: "Certificate"
    case .retiredSealingKey: "Retired Sealing Key"
    case .stateKey: "State Key"
    }
  }

  /// Names are unique within a space: artifacts share one, keystore aliases another, as in SAP Cloud Integration.
  var space: EntrySpace {
    switch self {
    case .userCredentials, .secureParameter: .artifacts
    case .certificate: .certificates
    case .retiredSealingKey: .retiredSealingKeys
    case .stateKey: .stateKeys
    }
  }
}

/// In the order in which entries stand in the file.
package enum EntrySpace: Int, Sendable, Comparable {
  case artifacts = 1
  case certificates = 2
  case retiredSealingKeys = 3
  case stateKeys = 4

  package static func < (left: EntrySpace, right: EntrySpace) -> Bool { left.rawValue < right.rawValue }
}

/// What names an entry; sorted as in the file.
struct EntryKey: Sendable, Hashable, Comparable {
  let space: EntrySpace
  let alias: ArtifactName

  static func < (left: EntryKey, right: EntryKey) -> Bool {
    left.space == right.space ? left.alias < right.alias : left.space < right.space
  }
}

/// An entry with its secret, encrypted.
struct StoredEntry: Sendable, Equatable {
  var entry: KeystoreEntry
  /// nil for a certificate.
  var sealed: AuthenticatedCipher.Sealed?

  static let paddingBlock = 64

  /// - Parameter secret: nil for a certificate.
  init(_ entry: KeystoreEntry, secret: borrowing SecretBytes, storeID: StoreIdentifier, keys: MasterKeys) {
    self.entry = entry
    sealed = AuthenticatedCipher.seal(
      secret.padded(toMultipleOf: Self.paddingBlock), key: keys.entries,
      associatedData: Self.associatedData(of: entry, storeID: storeID))
  }

  /// An entry without a secret.
  init(_ entry: KeystoreEntry) { self.entry = entry }

  init(_ entry: KeystoreEntry, sealed: AuthenticatedCipher.Sealed?) {
    self.entry = entry
    self.sealed = sealed
  }

  /// - Returns: the secret; nil when there is none or it does not open.
  func secret(storeID: StoreIdentifier, keys: MasterKeys) -> SecretBytes? {
    guard let sealed,
      let padded = AuthenticatedCipher.open(
        sealed, key: keys.entries, associatedData: Self.associatedData(of: entry, storeID: storeID))
    else { return nil }
    return padded.unpadded(fromMultipleOf: Self.paddingBlock)
  }

  private static func associatedData(of entry: KeystoreEntry, storeID: StoreIdentifier) -> [UInt8] {
    let version = (0..<8).map { UInt8(truncatingIfNeeded: entry.version >> UInt64(56 - 8 * $0)) }
    return LengthPrefixed.encode([
      Array("tks1-entry".utf8), storeID.bytes, Array(entry.type.rawValue.utf8), Array(entry.alias.text.utf8), version,
      Array(entry.deployedOn.rfc3339.utf8), Array((entry.expires?.rfc3339 ?? "").utf8),
    ])
  }
}
