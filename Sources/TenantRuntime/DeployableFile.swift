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
  /// An artifact file that holds a number range.
  case numberRange(path: String)

  package var path: String {
    switch self {
    case .artifact(let path), .integrationFlow(let path), .numberRange(let path): path
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
      var files = try xmlFiles(in: path).map { file in
        isNumberRange(file) ? DeployableFile.numberRange(path: file) : .artifact(path: file)
      }
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

  /// The paths of the files of credentials in a folder, sorted; empty when the folder is not there.
  package static func artifactFiles(in folder: String) throws -> [String] {
    try xmlFiles(in: folder).filter { !isNumberRange($0) }
  }

  /// The paths of the files of number ranges in a folder, sorted; empty when the folder is not there.
  package static func numberRangeFiles(in folder: String) throws -> [String] {
    try xmlFiles(in: folder).filter(isNumberRange)
  }

  /// What cannot be read is an artifact's file: its error says why.
  private static func isNumberRange(_ file: String) -> Bool {
    // A pipe can be read only once.
    guard FileStatus.isRegularFile(file) else { return false }
    return (try? FileContents.read(file, limit: ArtifactLimits.fileBytes)).map(NumberRangeFile.matches) ?? false
  }

  private static func xmlFiles(in folder: String) throws -> [String] {
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
    if name.hasSuffix(".iflw") || name.hasSuffix(".zip") { return .integrationFlow(path: path) }
    return isNumberRange(path) ? .numberRange(path: path) : .artifact(path: path)
  }
}
