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

  /// Files as they are, and of folders the artifact files in them, sorted by name.
  ///
  /// - Throws: for a folder without artifact files, and for what is not there.
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
      let files = try artifactFiles(in: path)
      guard !files.isEmpty else {
        throw HomeError(
          .badInput,
          Explanation(
            "the folder '\(PrintableText.escaping(path))' has no artifact files", cause: "their names end in .xml"))
      }
      found += files.map { .artifact(path: $0) }
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

  private static func single(_ path: String) -> DeployableFile {
    let name = FilePath.split(path).name.lowercased()
    return name.hasSuffix(".iflw") || name.hasSuffix(".zip") ? .integrationFlow(path: path) : .artifact(path: path)
  }
}
