import Artifacts
import Certificates
import Keystore
import System
import TenantBase

/// What a check knows of the keystore: everything but secrets.
package struct CheckedKeystore: Sendable {
  enum State: Sendable {
    case absent
    /// It is there and cannot be opened.
    case unreadable(Explanation)
    case open
  }

  struct KnownArtifact: Sendable {
    let artifact: Artifact
    let expires: WallTime?
  }

  struct KnownCertificate: Sendable {
    let alias: String
    let certificate: Certificate
  }

  private(set) var state: State
  private(set) var artifacts: [String: KnownArtifact] = [:]
  private(set) var certificates: [KnownCertificate] = []
  /// The file, for places.
  let path: String

  /// nil when there may be one that cannot be opened.
  var isPresent: Bool? {
    switch state {
    case .absent: false
    case .open: true
    case .unreadable: nil
    }
  }

  package init(reading home: TenantHome) {
    do {
      self.init(try TenantKeystore.openIfPresent(home: home), home: home)
    } catch {
      self.init(nil, home: home)
      state = .unreadable((error as? any ExplainedError)?.explanation ?? Explanation("\(error)"))
    }
  }

  /// - Parameter vault: nil when there is no keystore.
  package init(_ vault: Vault?, home: TenantHome) {
    path = TenantKeystore.location(of: home).path
    state = .absent
    guard let vault else { return }
    do throws(KeystoreError) {
      for entry in try vault.entries() {
        if let artifact = entry.artifact {
          artifacts[entry.alias.text] = KnownArtifact(artifact: artifact, expires: entry.expires)
        }
      }
      for entry in try vault.certificates() {
        guard let certificate = try? Certificate(der: entry.der) else { continue }
        certificates.append(KnownCertificate(alias: entry.alias.text, certificate: certificate))
      }
      state = .open
    } catch { state = .unreadable(TenantKeystoreError(error, home: home).explanation) }
  }

  /// As it will be when these artifacts are deployed too.
  package func deploying(_ artifacts: [Artifact]) -> CheckedKeystore {
    var copy = self
    for artifact in artifacts { copy.artifacts[artifact.name.text] = KnownArtifact(artifact: artifact, expires: nil) }
    return copy
  }
}
