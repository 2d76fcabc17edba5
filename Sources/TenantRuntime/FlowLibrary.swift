import FlowEngine
import FlowModel
import MessageStore
import System
import TenantBase

/// The flows of a home, found by name or path and read with their parameters.
///
/// A name is that of a deployed flow, else of a flow in the home's `iflows`, else a file or folder beside the person. What
/// holds a slash or ends in `.iflw` or `.zip` is a path and taken as it is.
package struct FlowLibrary: Sendable {
  /// A flow that was found.
  package struct Found: Sendable {
    package let bundle: FlowBundle
    /// nil for one that was found as a file.
    package let deployed: DeployedFlow?
  }

  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  /// - Parameters:
  ///   - flow: a name, or a path of an `.iflw` file, a bundle's folder or a zip.
  ///   - parameters: from the command line; stronger than those in files.
  package func load(_ flow: String, parameters: [(name: String, value: String)]) throws -> LoadedFlow {
    if let deployed = try deployed(flow) { return try Self.read(deployed.bundle, parameters) }
    return try Self.read(FlowBundle(at: path(of: flow)), parameters)
  }

  /// The same with all files of the bundle; several for an exported package.
  package func find(_ flow: String) throws -> [Found] {
    if let deployed = try deployed(flow) { return [deployed] }
    return try Self.bundles(at: path(of: flow)).map { Found(bundle: $0, deployed: nil) }
  }

  package static func read(
    _ bundle: FlowBundle, _ parameters: [(name: String, value: String)] = []
  ) throws(FlowModelError) -> LoadedFlow {
    try LoadedFlow(bundle, commandLine: commandLine(parameters))
  }

  /// The flows of a file or folder: one, or those of a package.
  package static func bundles(at path: String) throws -> [FlowBundle] {
    guard path.lowercased().hasSuffix(".zip"), !FileStatus.isFolder(path) else { return [try FlowBundle(at: path)] }
    let bytes = try FileContents.read(path, limit: FlowLimits.archiveLength)
    let bundles = try FlowArchive.bundles(in: bytes, file: path)
    // One alone may have its overlay beside the zip.
    return bundles.count == 1 ? [try FlowBundle(at: path)] : try nonEmpty(bundles, path)
  }

  private static func nonEmpty(_ bundles: [FlowBundle], _ path: String) throws(FlowModelError) -> [FlowBundle] {
    guard bundles.isEmpty else { return bundles }
    throw FlowModelError(.missing, at: SourcePlace(file: path), "'\(path)' holds no integration flow")
  }

  private static func commandLine(_ parameters: [(name: String, value: String)]) -> [String: String] {
    Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  // MARK: Deployed flows

  private func deployed(_ name: String) throws -> Found? {
    guard !Self.isPath(name), let store = try TenantDatabase.openIfPresent(in: home.dataFolder),
      let flow = try store.deployedFlow(named: name)
    else { return nil }
    return Found(bundle: try Self.bundle(of: flow, in: store), deployed: flow)
  }

  /// A deployed flow's files, called `deployed:NAME!/…` in places.
  static func bundle(of flow: DeployedFlow, in store: some DeployedFlowStore) throws -> FlowBundle {
    try FlowBundle(stored: store.files(ofFlow: flow.name), root: "deployed:\(flow.name)!")
  }

  /// The files of every deployed flow; none where the store cannot be read.
  var deployedBundles: [FlowBundle] {
    guard let store = try? TenantDatabase.openIfPresent(in: home.dataFolder) else { return [] }
    let flows = (try? store.deployedFlows()) ?? []
    return flows.compactMap { try? Self.bundle(of: $0, in: store) }
  }

  /// The files of every flow in `iflows/`; those that cannot be read are left out.
  var homeBundles: [FlowBundle] {
    homeFlows.flatMap { (try? Self.bundles(at: $0.path)) ?? [] }
  }

  // MARK: Files

  private static func isPath(_ text: String) -> Bool {
    let lower = text.lowercased()
    return text.contains("/") || lower.hasSuffix(".iflw") || lower.hasSuffix(".zip")
  }

  private func path(of flow: String) throws(FlowModelError) -> String {
    if !Self.isPath(flow) {
      for candidate in ["\(flow).iflw", flow, "\(flow).zip"] {
        let path = FilePath.join(home.flowsFolder, candidate)
        if FileStatus.exists(path) { return path }
      }
      // A bundle's own name may differ from its folder's.
      if let path = homeFlows.first(where: { (try? LoadedFlow(at: $0.path).flow.name) == flow })?.path { return path }
    }
    if FileStatus.exists(flow) { return flow }
    throw FlowModelError(
      .missing, at: SourcePlace(file: flow), "there is no flow '\(PrintableText.escaping(flow, limit: 200))'",
      cause: Self.isPath(flow) ? nil : "it is neither deployed nor in \(home.flowsFolder) nor in the current folder")
  }

  /// What lies in the home's `iflows`, by the names of files and folders, sorted.
  var homeFlows: [(name: String, path: String)] {
    guard let folder = try? Folder(opening: home.flowsFolder), let names = try? folder.entries() else { return [] }
    return names.compactMap { name in
      let path = FilePath.join(home.flowsFolder, name)
      let lower = name.lowercased()
      if name.hasPrefix(".") { return nil }
      if lower.hasSuffix(".iflw") { return (String(name.dropLast(5)), path) }
      if FileStatus.isFolder(path) { return (name, path) }
      return lower.hasSuffix(".zip") ? (String(name.dropLast(4)), path) : nil
    }
  }
}
