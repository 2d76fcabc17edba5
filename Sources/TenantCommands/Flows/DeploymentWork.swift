import Artifacts
import TenantBase
import TenantRuntime

/// What one `deploy-artifact` has to do: artifacts into the keystore, flows into the state.
struct DeploymentWork {
  /// nil when no artifact file was named; then no keystore is needed.
  var artifacts: ArtifactDeployment?
  /// nil when no flow was named.
  let flows: FlowDeployment?
  /// nil when no number range was named.
  let numberRanges: NumberRangeDeployment?
  /// What cannot be read; nothing is deployed then.
  let problems: [any Error]

  /// Reads everything; flows are checked as if the artifacts were deployed already.
  init(_ files: [DeployableFile], home: TenantHome) throws {
    var artifactFiles: [String] = []
    var flowFiles: [String] = []
    var rangeFiles: [String] = []
    for file in files {
      switch file {
      case .artifact(let path): artifactFiles.append(path)
      case .integrationFlow(let path): flowFiles.append(path)
      case .numberRange(let path): rangeFiles.append(path)
      }
    }
    var problems: [any Error] = []
    var keystore: CheckedKeystore?
    if !artifactFiles.isEmpty {
      let vault = try TenantKeystore.open(home: home)
      var deployment = ArtifactDeployment(vault: vault, home: home)
      problems += deployment.read(artifactFiles)
      keystore = CheckedKeystore(vault, home: home).deploying(deployment.items.map(\.artifact))
      artifacts = deployment
    }
    var ranges = NumberRangeDeployment(home: home)
    problems += ranges.read(rangeFiles)
    numberRanges = rangeFiles.isEmpty ? nil : ranges
    var flows: FlowDeployment?
    if !flowFiles.isEmpty {
      let checking = FlowChecking(
        home: home, keystore: keystore ?? CheckedKeystore(reading: home),
        numberRanges: Set(ranges.items.map(\.range.name.text)))
      var deployment = FlowDeployment(home: home, checking: checking)
      problems += deployment.read(flowFiles)
      flows = deployment
    }
    self.flows = flows
    self.problems = problems
  }

  var flowsWithErrors: [FlowDeployment.Item] { flows?.items.filter(\.hasErrors) ?? [] }
}
