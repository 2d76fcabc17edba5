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
  package func read(_ flow: String, parameters: [(name: String, value: String)]) throws -> IntegrationFlow {
    let file = try modelFile(of: try path(of: flow))
    let (folder, name) = FilePath.split(file)
    let overlayFile = FilePath.join(folder, IntegrationFlowReader.name(of: name) + ".tenant.prop")
    let overlay = try properties(overlayFile).map(FlowOverlay.init)
    let parameterFile = [folder, FilePath.join(folder, "../..")].map { FilePath.join($0, "parameters.prop") }
      .first(where: FileStatus.exists)
    let set = ParameterSet(
      file: try parameterFile.flatMap(properties), overlay: overlay,
      commandLine: Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
    return try IntegrationFlowReader(parameters: set, overlay: overlay).read(
      FileContents.read(file, limit: FlowLimits.flowLength), file: file)
  }

  private func properties(_ file: String) throws -> JavaProperties? {
    guard FileStatus.exists(file) else { return nil }
    return try JavaProperties(FileContents.read(file, limit: FlowLimits.flowLength), file: file)
  }

  /// A path is taken as it is; a name is looked up in the home.
  private func path(of flow: String) throws -> String {
    if FileStatus.exists(flow) { return flow }
    for candidate in ["\(flow).iflw", flow] {
      let path = FilePath.join(home.flowsFolder, candidate)
      if !flow.contains("/"), FileStatus.exists(path) { return path }
    }
    throw FlowModelError(
      .missing, at: SourcePlace(file: flow), "there is no flow '\(flow)'",
      cause: flow.contains("/") ? nil : "neither in the current folder nor in \(home.flowsFolder)")
  }

  /// The one model of a bundle folder.
  private func modelFile(of path: String) throws -> String {
    guard FileStatus.type(of: path) == .folder else { return path }
    for folder in [FilePath.join(path, "src/main/resources/scenarioflows/integrationflow"), path] {
      guard FileStatus.type(of: folder) == .folder else { continue }
      let models = try Folder(opening: folder).entries().filter { $0.lowercased().hasSuffix(".iflw") }
      if let model = models.first, models.count == 1 { return FilePath.join(folder, model) }
    }
    throw FlowModelError(.missing, at: SourcePlace(file: path), "'\(path)' holds no integration flow, or several")
  }
}
