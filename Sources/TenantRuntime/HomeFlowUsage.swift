import FlowModel
import FlowSteps
import TenantBase

/// Finds the credentials that a home's flows refer to: those that are deployed, and those that lie in `iflows/`.
package struct HomeFlowUsage: FlowUsage {
  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  package func flowsByCredential() -> [String: [String]] {
    var flows: [String: Set<String>] = [:]
    func note(_ flow: IntegrationFlow) {
      for credential in FlowNeeds(flow).credentials { flows[credential, default: []].insert(flow.name) }
    }
    let library = FlowLibrary(home: home)
    for bundle in library.deployedBundles + library.homeBundles {
      if let loaded = try? FlowLibrary.read(bundle) { note(loaded.flow) }
    }
    return flows.mapValues { $0.sorted() }
  }

  /// For each number range that a flow's Content Modifiers name, the names of those flows, sorted.
  package func flowsByNumberRange() -> [String: [String]] {
    var flows: [String: Set<String>] = [:]
    let library = FlowLibrary(home: home)
    for bundle in library.deployedBundles + library.homeBundles {
      guard let loaded = try? FlowLibrary.read(bundle) else { continue }
      for range in ContentModifierNeeds.numberRanges(of: loaded.flow) {
        flows[range, default: []].insert(loaded.flow.name)
      }
    }
    return flows.mapValues { $0.sorted() }
  }
}
