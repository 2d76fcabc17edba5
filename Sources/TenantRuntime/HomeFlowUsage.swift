import System
import TenantBase
import XMLTree

/// Finds the credentials that the flows in a home's `iflows/` refer to.
package struct HomeFlowUsage: FlowUsage {
  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  package func flowsByCredential() -> [String: [String]] { [:] }
}
