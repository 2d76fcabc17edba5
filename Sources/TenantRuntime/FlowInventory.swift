import FlowEngine
import FlowModel
import MessageStore
import TenantBase

/// What flows a home has: deployed ones, and files in `iflows/` that are not deployed.
package struct FlowInventory: Sendable {
  package struct Row: Sendable {
    package let name: String
    package let status: ArtifactInventory.Status
    /// nil when it is not deployed.
    package let deployed: DeployedFlow?
    /// The file or folder in `iflows/` that holds it; nil when there is none.
    package let file: String?
    /// The file says something else than what is deployed.
    package let isFileChanged: Bool
    /// Why it cannot be used; nil when it can.
    package let problem: String?
    /// nil for a file that cannot be read.
    package let needs: FlowNeeds?
    package let version: String?
  }

  /// Sorted by name.
  package let rows: [Row]

  package init(of home: TenantHome) throws {
    let stored = Self.storedFlows(in: home)
    var rows: [Row] = []
    if let store = try TenantDatabase.openIfPresent(in: home.dataFolder) {
      for flow in try store.deployedFlows() {
        let file = stored.first { $0.name == flow.name }
        let loaded = try? FlowLibrary.read(FlowLibrary.bundle(of: flow, in: store))
        rows.append(
          Row(
            name: flow.name, status: flow.status == .deployed ? .deployed : .error, deployed: flow, file: file?.path,
            isFileChanged: file.map { $0.digest != flow.digest } ?? false, problem: Self.problem(of: flow),
            needs: loaded.map { FlowNeeds($0.flow) }, version: flow.version))
      }
    }
    for file in stored where !rows.contains(where: { $0.name == file.name && $0.deployed != nil }) {
      rows.append(
        Row(
          name: file.name, status: file.problem == nil ? .stored : .error, deployed: nil, file: file.path,
          isFileChanged: false, problem: file.problem, needs: file.needs, version: file.version))
    }
    self.rows = rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func problem(of flow: DeployedFlow) -> String? {
    let errors = flow.findings.filter { $0.severity == .error }
    guard flow.status == .error else { return nil }
    guard let first = errors.first else { return "it was deployed with errors" }
    let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
    return "\(first.subject.description): \(first.reason)\(more)"
  }

  private struct StoredFlow {
    let name: String
    let path: String
    var digest: [UInt8] = []
    var needs: FlowNeeds?
    var version: String?
    var problem: String?
  }

  private static func storedFlows(in home: TenantHome) -> [StoredFlow] {
    FlowLibrary(home: home).homeFlows.flatMap { name, path -> [StoredFlow] in
      do {
        return try FlowLibrary.bundles(at: path).map { bundle in
          let loaded = try FlowLibrary.read(bundle)
          return StoredFlow(
            name: loaded.flow.name, path: path, digest: FlowDeployment.digest(of: bundle.files),
            needs: FlowNeeds(loaded.flow), version: loaded.manifest?.version)
        }
      } catch {
        let problem = (error as? any ExplainedError)?.explanation.summary ?? "it cannot be read"
        return [StoredFlow(name: name, path: path, problem: problem)]
      }
    }
  }
}
