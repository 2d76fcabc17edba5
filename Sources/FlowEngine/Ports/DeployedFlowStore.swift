import FlowModel
import TenantBase

/// A flow as it was deployed: everything but its files.
package struct DeployedFlow: Sendable, Equatable {
  package enum Status: String, Sendable, CaseIterable {
    case deployed = "Deployed"
    /// It was deployed although the check found errors.
    case error = "Error"
  }

  package let name: String
  /// The manifest's, or a number that counts the different contents from 1.
  package let version: String
  /// SHA-256 of the files.
  package let digest: [UInt8]
  package let status: Status
  package let deployedBy: String
  package let deployedOn: Timestamp
  /// What the check found when it was deployed.
  package let findings: [Finding]

  package init(
    name: String, version: String, digest: [UInt8], status: Status, deployedBy: String, deployedOn: Timestamp,
    findings: [Finding]
  ) {
    self.name = name
    self.version = version
    self.digest = digest
    self.status = status
    self.deployedBy = deployedBy
    self.deployedOn = deployedOn
    self.findings = findings
  }
}

/// A flow to be deployed.
package struct NewFlowDeployment: Sendable {
  package let name: String
  /// nil to count.
  package let version: String?
  package let digest: [UInt8]
  package let status: DeployedFlow.Status
  package let findings: [Finding]
  package let files: [FlowBundle.File]

  package init(
    name: String, version: String?, digest: [UInt8], status: DeployedFlow.Status, findings: [Finding],
    files: [FlowBundle.File]
  ) {
    self.name = name
    self.version = version
    self.digest = digest
    self.status = status
    self.findings = findings
    self.files = files
  }
}

/// Where deployed flows are kept.
///
/// Each call is one transaction: it is on disk as a whole when the call returns, or it did not happen.
package protocol DeployedFlowStore: Sendable {
  /// Sorted by name.
  func deployedFlows() throws -> [DeployedFlow]
  /// nil when none is deployed under this name.
  func deployedFlow(named name: String) throws -> DeployedFlow?
  /// Sorted by path; empty when none is deployed under this name.
  func files(ofFlow name: String) throws -> [FlowBundle.File]
  /// Puts flows in the place of those with the same names.
  ///
  /// - Returns: the flows as they are now deployed, in the given order.
  @discardableResult
  func deploy(_ flows: [NewFlowDeployment], by person: String, on moment: Timestamp) throws -> [DeployedFlow]
  /// Names under which nothing is deployed are passed over.
  func undeploy(_ names: [String]) throws
}
