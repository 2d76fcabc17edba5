import FlowEngine
import MessageStore

/// The deployed flows among names that a person gave, and their removal.
package struct FlowRemoval {
  private let home: TenantHome
  /// In the order of the names.
  package let flows: [DeployedFlow]

  package init(names: [String], home: TenantHome) throws {
    self.home = home
    let store = try TenantDatabase.openIfPresent(in: home.dataFolder)
    var flows: [DeployedFlow] = []
    for name in names {
      if let flow = try store?.deployedFlow(named: name), !flows.contains(flow) { flows.append(flow) }
    }
    self.flows = flows
  }

  package func remove() throws {
    guard !flows.isEmpty else { return }
    try TenantDatabase.open(in: home.dataFolder).undeploy(flows.map(\.name))
  }
}
