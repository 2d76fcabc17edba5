import Artifacts
import Keystore
import System
import TenantBase

/// What artifacts a home has: deployed ones, and files that are not deployed.
package struct ArtifactInventory: Sendable {
  /// As SAP Cloud Integration names them.
  package enum Status: String, Sendable {
    /// There is a file of it, and it is not deployed.
    case stored = "Stored"
    case deployed = "Deployed"
    /// It cannot be used; the row says why.
    case error = "Error"
    /// A person has yet to allow its use at its provider.
    case unauthorized = "Unauthorized"
  }

  package struct Row: Sendable {
    package let name: String
    /// nil for a file that cannot be read.
    package let type: ArtifactType?
    package let status: Status
    /// nil when it is not deployed.
    package let entry: KeystoreEntry?
    /// nil for a file that cannot be read.
    package let artifact: Artifact?
    /// The file in `artifacts/` that holds it; nil when there is none.
    package let file: String?
    /// The file says something else than what is deployed.
    package let isFileChanged: Bool
    /// Why it cannot be used.
    package let problem: String?
    /// The flows that refer to it, sorted.
    package let usedBy: [String]
  }

  /// Sorted by name.
  package let rows: [Row]

  /// - Parameter isHome: something else shows that it is a tenant home.
  /// - Throws: when there is neither a keystore nor a folder of artifacts: then it is no tenant home.
  package init(of home: TenantHome, isHome: Bool = false) throws {
    let hasKeystore = try TenantKeystore.isPresent(in: home)
    let isHome = isHome || hasKeystore || FileStatus.isFolder(home.artifactsFolder)
    let vault = isHome ? try TenantKeystore.openIfPresent(home: home) : try TenantKeystore.open(home: home)
    try self.init(home: home, vault: vault, usage: HomeFlowUsage(home: home))
  }

  /// - Parameter vault: nil when the home has no keystore yet.
  package init(home: TenantHome, vault: Vault?, usage: any FlowUsage, now: WallTime = .now) throws {
    let entries = try vault?.entries().filter { $0.artifact != nil } ?? []
    let usedBy = usage.flowsByCredential()
    let stored = try Self.storedFiles(in: home)
    var rows: [Row] = []
    for entry in entries {
      let name = entry.alias.text
      let match = stored.readable.first { $0.artifact.name == entry.alias }
      let isExpired = entry.isExpired(at: now)
      rows.append(
        Row(
          name: name, type: entry.artifact?.type, status: isExpired ? .error : .deployed, entry: entry,
          artifact: entry.artifact, file: match?.file,
          isFileChanged: match.map { $0.artifact != entry.artifact } ?? false,
          problem: isExpired ? "its secret expired on \(entry.expires?.rfc3339 ?? "")" : nil, usedBy: usedBy[name] ?? []
        ))
    }
    for file in stored.readable where !entries.contains(where: { $0.alias == file.artifact.name }) {
      let name = file.artifact.name.text
      rows.append(
        Row(
          name: name, type: file.artifact.type, status: .stored, entry: nil, artifact: file.artifact, file: file.file,
          isFileChanged: false, problem: nil, usedBy: usedBy[name] ?? []))
    }
    for (file, problem) in stored.unreadable {
      rows.append(
        Row(
          name: FilePath.split(file).name, type: nil, status: .error, entry: nil, artifact: nil, file: file,
          isFileChanged: false, problem: problem, usedBy: []))
    }
    self.rows = rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func storedFiles(
    in home: TenantHome
  ) throws -> (readable: [(file: String, artifact: Artifact)], unreadable: [(String, String)]) {
    var readable: [(file: String, artifact: Artifact)] = []
    var unreadable: [(String, String)] = []
    for file in try DeployableFile.artifactFiles(in: home.artifactsFolder) {
      do {
        let bytes = try FileContents.read(file, limit: ArtifactLimits.fileBytes)
        // What stands there in the open is no reason to hide the file; deployment refuses it.
        readable.append((file, try ArtifactFile.readForSealing(bytes, file: file).artifact))
      } catch {
        unreadable.append((file, (error as? any ExplainedError)?.explanation.summary ?? "cannot be read"))
      }
    }
    return (readable, unreadable)
  }
}
