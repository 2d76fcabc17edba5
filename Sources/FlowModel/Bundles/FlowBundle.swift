import System
import TenantBase

/// All files of one flow, as they are stored when it is deployed: the scripts and mappings of a bundle too.
package struct FlowBundle: Sendable {
  package struct File: Sendable, Equatable {
    /// Relative to the bundle's folder, with `/`.
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// Those that are read, under the names that the person knows.
  package let flowFiles: FlowFiles
  /// Sorted by path.
  package let files: [File]

  /// - Parameter path: an `.iflw`, its folder, a bundle's folder, or a `.zip` of one.
  /// - Throws: `missing` when there is no flow, or more than one; `limitExceeded` when the bundle is too large.
  package init(at path: String, in tree: some FileTree = DiskFiles()) throws(FlowModelError) {
    if path.lowercased().hasSuffix(".zip"), !tree.isFolder(path) {
      self = try FlowArchive.bundle(at: path, in: tree)
    } else {
      try self.init(FlowFiles(at: path, in: tree), in: tree)
    }
  }

  /// - Parameter tree: where `flowFiles` were found.
  init(_ flowFiles: FlowFiles, in tree: some FileTree) throws(FlowModelError) {
    self.flowFiles = flowFiles
    var found: [File] = []
    if let folder = flowFiles.bundleFolder {
      var budget = FlowLimits.bundleLength
      for part in ["META-INF", "src", "metainfo.prop"] {
        found += try tree.files(below: FilePath.join(folder, part), as: part, budget: &budget, depth: 0)
      }
      guard found.count <= FlowLimits.bundleFiles else {
        throw FlowModelError(
          .limitExceeded, at: SourcePlace(file: folder), "'\(folder)' has more than \(FlowLimits.bundleFiles) files")
      }
    } else {
      let companions = [flowFiles.flow, flowFiles.parameters, flowFiles.definitions, flowFiles.metainfo]
      found = companions.compactMap { $0 }.map { File(path: FilePath.split($0.path).name, bytes: $0.bytes) }
    }
    // Only one overlay is read; it is stored where it is found again.
    found.removeAll { $0.path.hasSuffix(".tenant.prop") }
    if let overlay = flowFiles.overlay {
      let name = IntegrationFlowReader.name(of: flowFiles.flow.path)
      found.append(File(path: "\(name).tenant.prop", bytes: overlay.bytes))
    }
    files = found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// A bundle out of a store.
  ///
  /// - Parameter root: how its folder is called in places.
  package init(stored files: [File], root: String) throws(FlowModelError) {
    let tree = MemoryFiles(Dictionary(files.map { ("\(root)/\($0.path)", $0.bytes) }) { first, _ in first })
    flowFiles = try FlowFiles(at: root, in: tree)
    self.files = files
  }
}

extension FileTree {
  package func files(
    below path: String, as name: String, budget: inout Int, depth: Int
  ) throws(FlowModelError) -> [FlowBundle.File] {
    guard isFolder(path) else {
      guard let bytes = try bytes(of: path, limit: max(budget, 0)) else { return [] }
      budget -= bytes.count
      return [FlowBundle.File(path: name, bytes: bytes)]
    }
    guard depth < FlowLimits.bundleDepth else {
      throw FlowModelError(
        .limitExceeded, at: SourcePlace(file: path), "folders are nested deeper than \(FlowLimits.bundleDepth) levels")
    }
    var result: [FlowBundle.File] = []
    for entry in try names(in: path) where !entry.hasPrefix(".") {
      result += try files(below: FilePath.join(path, entry), as: "\(name)/\(entry)", budget: &budget, depth: depth + 1)
      guard result.count <= FlowLimits.bundleFiles else { break }
    }
    return result
  }
}
