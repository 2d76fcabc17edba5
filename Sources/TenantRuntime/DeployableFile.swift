import Artifacts
import System
import TenantBase

/// A file that a person names for deployment.
///
/// Each kind of thing that can be deployed is a case; who deploys switches over them.
package enum DeployableFile: Sendable {
  case artifact(path: String)
  /// A `.iflw` file, an exported `.zip`, or a bundle folder.
  case integrationFlow(path: String)

  package var path: String {
    switch self {
    case .artifact(let path), .integrationFlow(let path): path
    }
  }

  /// Files as they are, and of folders the artifact files in them, or else the flows, sorted by name.
  ///
  /// - Throws: for a folder with neither, and for what is not there.
  package static func find(_ paths: [String]) throws -> [DeployableFile] {
    var found: [DeployableFile] = []
    for path in paths {
      guard FileStatus.isFolder(path) else {
        found.append(single(path))
        continue
      }
      if FileStatus.exists(FilePath.join(path, "META-INF/MANIFEST.MF")) {
        found.append(.integrationFlow(path: path))
        continue
      }
      var files = try artifactFiles(in: path).map { DeployableFile.artifact(path: $0) }
      if files.isEmpty { files = try flows(in: path).map { .integrationFlow(path: $0) } }
      guard !files.isEmpty else {
        throw HomeError(
          .badInput,
          Explanation(
            "the folder '\(PrintableText.escaping(path))' has neither artifact files nor flows",
            cause: "their names end in .xml, .iflw or .zip, or they are bundle folders"))
      }
      found += files
    }
    return found
  }

  /// The paths of the artifact files in a folder, sorted; empty when the folder is not there.
  package static func artifactFiles(in folder: String) throws -> [String] {
    guard FileStatus.isFolder(folder) else { return [] }
    return try Folder(opening: folder).entries()
      .filter { $0.hasSuffix(".xml") && !$0.hasPrefix(".") }
      .map { FilePath.join(folder, $0) }
  }

  /// The paths of the flows in a folder: files, zips and bundle folders, sorted.
  private static func flows(in folder: String) throws -> [String] {
    try Folder(opening: folder).entries().filter { name in
      let path = FilePath.join(folder, name)
      if name.hasPrefix(".") { return false }
      if FileStatus.isFolder(path) { return FileStatus.exists(FilePath.join(path, "META-INF/MANIFEST.MF")) }
      return name.lowercased().hasSuffix(".iflw") || name.lowercased().hasSuffix(".zip")
    }.map { FilePath.join(folder, $0) }
  }

  private static func single(_ path: String) -> DeployableFile {
    let name = FilePath.split(path).name.lowercased()
    return name.hasSuffix(".iflw") || name.hasSuffix(".zip") ? .integrationFlow(path: path) : .artifact(path: path)
  }
}
