import FlowModel
import System
import TenantBase

/// The flows of a home, found by name or path and read with their parameters.
package struct FlowLibrary: Sendable {
  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  /// - Parameters:
  ///   - flow: a name in the home's `iflows`, or a path of an `.iflw` file or a bundle folder.
  ///   - parameters: from the command line; stronger than those in files.
  package func load(_ flow: String, parameters: [(name: String, value: String)]) throws(FlowModelError) -> LoadedFlow {
    try LoadedFlow(
      at: path(of: flow), commandLine: Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
  }

  /// A path is taken as it is; a name is looked up in the home.
  private func path(of flow: String) throws(FlowModelError) -> String {
    if FileStatus.exists(flow) { return flow }
    for candidate in ["\(flow).iflw", flow] {
      let path = FilePath.join(home.flowsFolder, candidate)
      if !flow.contains("/"), FileStatus.exists(path) { return path }
    }
    throw FlowModelError(
      .missing, at: SourcePlace(file: flow), "there is no flow '\(flow)'",
      cause: flow.contains("/") ? nil : "neither in the current folder nor in \(home.flowsFolder)")
  }
}
