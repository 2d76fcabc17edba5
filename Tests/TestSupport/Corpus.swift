import Foundation

/// Other people's data that stands beside the project, read where it is and never copied into it.
///
/// The folder is `TENANT_TEST_CORPUS`, by default `../shared/corpus` beside the package. Tests of it are declared with
/// `.enabled(if: Corpus.isPresent, Corpus.absence)`, so that an absent corpus shows as skipped with a message.
package enum Corpus {
  package static let folder: String =
    ProcessInfo.processInfo.environment["TENANT_TEST_CORPUS"] ?? packageRoot + "/../shared/corpus"

  package static var isPresent: Bool {
    let present = FileManager.default.fileExists(atPath: folder)
    if !present { print("skipped: no test corpus in \(folder); set TENANT_TEST_CORPUS to its folder") }
    return present
  }

  /// The bytes of a file, or nil when it cannot be read.
  package static func bytes(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: folder + "/" + path).map { [UInt8]($0) }
  }

  /// Paths, relative to the corpus, of all files below `path` whose name ends in `suffix`, sorted.
  package static func files(below path: String, suffix: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder + "/" + path)
    let names = (all?.allObjects as? [String]) ?? []
    return names.filter { $0.hasSuffix(suffix) }.map { path + "/" + $0 }.sorted()
  }

  /// The folder of Package.swift.
  package static let packageRoot: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()
}
