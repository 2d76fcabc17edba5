import System
import TenantBase

/// The files that make up one flow, found but not yet read as what they are.
package struct FlowFiles: Sendable {
  package struct File: Sendable, Equatable {
    package let path: String
    package let bytes: [UInt8]
  }

  package let flow: File
  /// The bundle's folder (that of META-INF); nil for a single file.
  package let bundleFolder: String?
  /// `parameters.prop`.
  package let parameters: File?
  /// `parameters.propdef`.
  package let definitions: File?
  /// `metainfo.prop`.
  package let metainfo: File?
  /// `META-INF/MANIFEST.MF`.
  package let manifest: File?
  /// `NAME.tenant.prop`.
  package internal(set) var overlay: File?

  static let flowFolder = "src/main/resources/scenarioflows/integrationflow"

  /// Finds a flow and its files.
  ///
  /// - Parameter path: an `.iflw`, its folder, a bundle's folder, or a `.zip` of one.
  /// - Throws: `missing` when there is no flow, or more than one.
  package init(at path: String, in files: some FileTree) throws(FlowModelError) {
    if path.lowercased().hasSuffix(".zip"), !files.isFolder(path) {
      self = try FlowArchive.flow(at: path, in: files)
      return
    }
    let flowPath = files.isFolder(path) ? try Self.flow(in: path, files) : path
    guard let bytes = try files.bytes(of: flowPath, limit: FlowLimits.flowLength) else {
      throw FlowModelError(.missing, at: SourcePlace(file: flowPath), "'\(flowPath)' is not there")
    }
    let folder = FilePath.split(flowPath).parent
    let bundle = Self.bundle(of: folder)
    func file(_ candidates: [String]) throws(FlowModelError) -> File? {
      for candidate in candidates {
        if let bytes = try files.bytes(of: candidate, limit: FlowLimits.parameterFileLength) {
          return File(path: candidate, bytes: bytes)
        }
      }
      return nil
    }
    func companions(_ name: String, inBundle sub: String) -> [String] {
      [FilePath.join(folder, name)] + (bundle.map { [FilePath.join($0, sub.isEmpty ? name : "\(sub)/\(name)")] } ?? [])
    }
    flow = File(path: flowPath, bytes: bytes)
    bundleFolder = bundle
    parameters = try file(companions("parameters.prop", inBundle: "src/main/resources"))
    definitions = try file(companions("parameters.propdef", inBundle: "src/main/resources"))
    metainfo = try file(companions("metainfo.prop", inBundle: ""))
    manifest = try file(bundle.map { [FilePath.join($0, "META-INF/MANIFEST.MF")] } ?? [])
    overlay = try file(Self.overlays(flowPath, folder: folder, bundle: bundle))
  }

  /// The bundle's folder when the flow lies where bundles have it.
  private static func bundle(of folder: String) -> String? {
    if folder == flowFolder { return "." }
    guard folder.hasSuffix("/" + flowFolder) else { return nil }
    return String(folder.dropLast(flowFolder.count + 1)).nonEmpty ?? "/"
  }

  /// Beside the flow under its own name; for a bundle also beside the bundle's folder under that folder's name, and in it.
  private static func overlays(_ flow: String, folder: String, bundle: String?) -> [String] {
    let name = IntegrationFlowReader.name(of: flow)
    var result = [FilePath.join(folder, "\(name).tenant.prop")]
    if let bundle {
      let (parent, bundleName) = FilePath.split(bundle)
      result.insert(FilePath.join(parent, "\(bundleName).tenant.prop"), at: 0)
      result.append(FilePath.join(bundle, "\(name).tenant.prop"))
    }
    return result
  }

  /// Where an overlay is looked for first when there is none yet; for a zip, beside it.
  package var usualOverlay: String {
    if let end = flow.path.firstRange(of: "!/") {
      let archive = flow.path[..<end.lowerBound]
      if archive.lowercased().hasSuffix(".zip") { return archive.dropLast(4) + ".tenant.prop" }
    }
    let folder = FilePath.split(flow.path).parent
    return Self.overlays(flow.path, folder: folder, bundle: bundleFolder).first ?? ""
  }

  private static func flow(in folder: String, _ files: some FileTree) throws(FlowModelError) -> String {
    for candidate in [folder, FilePath.join(folder, flowFolder)] where files.isFolder(candidate) {
      let flows = try files.names(in: candidate).filter { $0.lowercased().hasSuffix(".iflw") }
      let bundles = try files.names(in: candidate).filter {
        !$0.hasPrefix(".") && files.isFolder(FilePath.join(candidate, "\($0)/\(flowFolder)"))
      }
      if flows.count == 1, bundles.isEmpty { return FilePath.join(candidate, flows[0]) }
      if flows.count + bundles.count > 1 {
        let names = (flows + bundles).sorted().prefix(20).map { FilePath.join(candidate, $0) }.joined(separator: ", ")
        throw FlowModelError(
          .missing, at: SourcePlace(file: candidate), "'\(candidate)' holds several flows", cause: "name one: \(names)")
      }
    }
    throw FlowModelError(.missing, at: SourcePlace(file: folder), "'\(folder)' holds no integration flow")
  }
}
