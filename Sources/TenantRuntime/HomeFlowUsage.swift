import FlowModel
import System
import TenantBase

/// Finds the credentials that the flows in a home's `iflows/` refer to, as their channels and steps name them.
package struct HomeFlowUsage: FlowUsage {
  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  package func flowsByCredential() -> [String: [String]] {
    var flows: [String: [String]] = [:]
    for (name, path) in flowPaths {
      guard let flow = try? LoadedFlow(at: path).flow else { continue }
      for credential in Self.credentials(of: flow) { flows[credential, default: []].append(name) }
    }
    return flows
  }

  /// The flows by the names that `run-iflow` takes, sorted.
  private var flowPaths: [(name: String, path: String)] {
    guard let folder = try? Folder(opening: home.flowsFolder), let names = try? folder.entries() else { return [] }
    return names.compactMap { name in
      let path = FilePath.join(home.flowsFolder, name)
      if name.lowercased().hasSuffix(".iflw") { return (String(name.dropLast(5)), path) }
      return !name.hasPrefix(".") && FileStatus.isFolder(path) ? (name, path) : nil
    }
  }

  private static func credentials(of flow: IntegrationFlow) -> Set<String> {
    let owners = flow.channels.map(\.properties) + flow.allElements.map(\.properties)
    return Set(owners.flatMap(\.all).filter { isReference($0.key) && !$0.value.isEmpty }.map(\.value))
  }

  /// Mail channels say `user` and `tokenCredential`, other adapters `credentialName`, `credential_name` and the like.
  private static func isReference(_ key: String) -> Bool {
    let key = key.lowercased()
    return key == "user" || key.contains("credential") && key != "accesscontrolallowcredentials"
  }
}
