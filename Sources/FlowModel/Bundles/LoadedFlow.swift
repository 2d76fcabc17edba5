import TenantBase

/// A flow read together with its parameters, their definitions, its overlay and its manifest.
package struct LoadedFlow: Sendable {
  package let flow: IntegrationFlow
  package let files: FlowFiles
  package let parameters: ParameterSet
  package let definitions: ParameterDefinitions
  package let manifest: BundleManifest?
  /// Every file of its bundle; empty when it was read without.
  package private(set) var bundleFiles: [FlowBundle.File] = []

  /// With all files of its bundle, for steps that need schemas and mappings.
  package init(_ bundle: FlowBundle, commandLine: [String: String] = [:]) throws(FlowModelError) {
    try self.init(bundle.flowFiles, commandLine: commandLine)
    bundleFiles = bundle.files
  }

  /// - Parameters:
  ///   - path: an `.iflw`, its folder, a bundle's folder, or a `.zip` of one.
  ///   - commandLine: parameters that beat those of the files.
  package init(
    at path: String, in files: some FileTree = DiskFiles(), commandLine: [String: String] = [:]
  ) throws(FlowModelError) {
    try self.init(FlowFiles(at: path, in: files), commandLine: commandLine)
  }

  package init(_ files: FlowFiles, commandLine: [String: String] = [:]) throws(FlowModelError) {
    self.files = files
    let overlay = try Self.properties(files.overlay).map { FlowOverlay($0) }
    parameters = ParameterSet(
      file: try Self.properties(files.parameters), overlay: overlay, commandLine: commandLine)
    if let file = files.definitions {
      definitions = try ParameterDefinitions(file.bytes, file: file.path)
    } else {
      definitions = .none
    }
    manifest = files.manifest.map { BundleManifest($0.bytes) }
    let reader = IntegrationFlowReader(parameters: parameters, overlay: overlay)
    flow = try reader.read(files.flow.bytes, file: files.flow.path, name: manifest?.artifactID)
  }

  private static func properties(_ file: FlowFiles.File?) throws(FlowModelError) -> JavaProperties? {
    guard let file else { return nil }
    return try JavaProperties(file.bytes, file: file.path)
  }

  /// What a person sees of a parameter.
  package struct ParameterSummary: Sendable, Equatable {
    package let name: String
    package let label: String
    package let type: String
    package let isRequired: Bool
    /// nil when it has none.
    package let value: ParameterValue?
    package let uses: Int
  }

  /// Every parameter that the flow uses or its definitions name, sorted by name.
  package var parameterSummaries: [ParameterSummary] {
    let uses = Dictionary(grouping: flow.parameterUses, by: \.name)
    let names = Set(uses.keys).union(definitions.definitions.map(\.name))
    return names.sorted().map { name in
      let definition = definitions[name]
      return ParameterSummary(
        name: name, label: definition?.label ?? "", type: definition?.type ?? "",
        isRequired: definition?.isRequired ?? false, value: parameters[name], uses: uses[name]?.count ?? 0)
    }
  }
}
