import Artifacts
import Crypto
import Foundation
import Keystore
import System
import TenantBase
import TenantRuntime

/// A tenant home of one test, with a keystore that opens with a key file beside it; removed at the end.
final class RuntimeFixture: Sendable {
  let root: String
  let home: TenantHome

  init() throws {
    root = NSTemporaryDirectory() + "tenant-runtime-" + RandomIdentifier.hex(byteCount: 8)
    try Folder.create(root)
    home = TenantHome(path: root + "/home")
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  var keyFile: String { root + "/key" }

  @discardableResult
  func create() throws -> Vault { try HomeCreation(home: home).make(slot: .keyFile(path: keyFile)).vault }

  func open() throws -> Vault { try TenantKeystore.open(home: home, keys: KeySources()) }

  /// Writes a file below the home and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let path = FilePath.join(home.path, name)
    try FileContents.replace(path, with: Array(text.utf8))
    return path
  }

  /// Writes an artifact file with User Credentials.
  @discardableResult
  func writeCredentials(_ name: String, user: String = "orders@example.com", secret: String = "") throws -> String {
    try write(
      """
      <UserCredentials xmlns="urn:tenant:artifact:1" Name="\(name)">
        <User>\(user)</User>
        \(secret)
      </UserCredentials>
      """, to: "artifacts/\(name).xml")
  }

  /// Deploys credentials with this password.
  func deploy(_ name: String, user: String = "orders@example.com", password: String = "canary-stored") throws {
    var deployment = ArtifactDeployment(vault: try open(), home: home)
    if let problem = deployment.read([try writeCredentials(name, user: user)]).first { throw problem }
    try deployment.setSecret(secret(password), at: 0)
    try deployment.deploy()
  }
}

/// A password that stands for itself in these tests; secrets of real use never stand in a `String`.
func secret(_ text: String) -> SecretBox { SecretBox(SecretBytes(copying: Array(text.utf8))) }

func text(_ secret: borrowing SecretBytes) -> String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }

/// What a person would read of an error.
func explanation(_ error: any Error) -> Explanation? { (error as? any ExplainedError)?.explanation }
