import Archives
import TenantBase

/// The flows in a zip: an exported bundle, or an exported package with bundles inside.
package enum FlowArchive {
  /// Package, content, and what may lie in that.
  private static let depth = 3

  /// - Parameters:
  ///   - bytes: the zip.
  ///   - file: its name, for places: a flow in it is called `package.zip!/content!/src/…`.
  /// - Returns: the files of each flow, sorted by place; empty when there is none.
  /// - Throws: `FlowModelError` when the zip, or one in it, cannot be read.
  package static func flows(in bytes: [UInt8], file: String) throws(FlowModelError) -> [FlowFiles] {
    try found(in: bytes, file: file).map(\.flow)
  }

  /// The same with all files of each bundle.
  package static func bundles(in bytes: [UInt8], file: String) throws(FlowModelError) -> [FlowBundle] {
    var result: [FlowBundle] = []
    for (flow, files) in try found(in: bytes, file: file) { result.append(try FlowBundle(flow, in: files)) }
    return result
  }

  private typealias Found = (flow: FlowFiles, files: MemoryFiles)

  private static func found(in bytes: [UInt8], file: String) throws(FlowModelError) -> [Found] {
    var budget = ArchiveLimits().totalLength
    return try flows(in: bytes, file: file, depth: depth, budget: &budget)
  }

  /// The one flow of a zip on disk, with the `NAME.tenant.prop` that lies beside it.
  static func flow(at path: String, in files: some FileTree) throws(FlowModelError) -> FlowFiles {
    try single(at: path, in: files).flow
  }

  /// The same with all files of its bundle.
  static func bundle(at path: String, in files: some FileTree) throws(FlowModelError) -> FlowBundle {
    let (flow, tree) = try single(at: path, in: files)
    return try FlowBundle(flow, in: tree)
  }

  private static func single(at path: String, in files: some FileTree) throws(FlowModelError) -> Found {
    guard let bytes = try files.bytes(of: path, limit: ArchiveLimits().totalLength) else {
      throw FlowModelError(.missing, at: SourcePlace(file: path), "'\(path)' is not there")
    }
    let flows = try found(in: bytes, file: path)
    guard var only = flows.first, flows.count == 1 else {
      let names = flows.prefix(5).map { IntegrationFlowReader.name(of: $0.flow.flow.path) }.joined(separator: ", ")
      throw FlowModelError(
        .missing, at: SourcePlace(file: path),
        flows.isEmpty ? "'\(path)' holds no integration flow" : "'\(path)' holds several flows",
        cause: flows.isEmpty ? nil : names)
    }
    let overlay = path.dropLast(4) + ".tenant.prop"
    if let bytes = try files.bytes(of: String(overlay), limit: FlowLimits.parameterFileLength) {
      only.flow.overlay = FlowFiles.File(path: String(overlay), bytes: bytes)
    }
    return only
  }

  private static func flows(
    in bytes: [UInt8], file: String, depth: Int, budget: inout Int
  ) throws(FlowModelError) -> [Found] {
    let unpacked = try unpack(bytes, file: file, budget: &budget)
    let files = MemoryFiles(Dictionary(unpacked.map { ("\(file)!/\($0.path)", $0.bytes) }) { first, _ in first })
    var result: [Found] = []
    for (path, content) in unpacked {
      if path.lowercased().hasSuffix(".iflw") {
        result.append((try FlowFiles(at: "\(file)!/\(path)", in: files), files))
      } else if depth > 1, ZipArchive.isZip(content), path.hasSuffix("_content") || path.lowercased().hasSuffix(".zip")
      {
        result += try flows(in: content, file: "\(file)!/\(path)", depth: depth - 1, budget: &budget)
      }
    }
    return result
  }

  private static func unpack(
    _ bytes: [UInt8], file: String, budget: inout Int
  ) throws(FlowModelError) -> [(path: String, bytes: [UInt8])] {
    var limits = ArchiveLimits()
    limits.totalLength = budget
    do throws(ArchiveError) {
      let archive = try ZipArchive(bytes, limits: limits)
      var result: [(path: String, bytes: [UInt8])] = []
      for entry in archive.entries where !entry.isFolder {
        let content = try archive.contents(of: entry)
        budget -= content.count
        result.append((entry.path, content))
      }
      return result.sorted { $0.path < $1.path }
    } catch {
      let kind: FlowModelError.Kind = error.kind == .limitExceeded ? .limitExceeded : .unreadable
      throw FlowModelError(kind, at: SourcePlace(file: file), "cannot read the archive '\(file)'", cause: error.detail)
    }
  }
}
