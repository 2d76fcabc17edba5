import System
import TenantBase

/// Files below a folder, on disk or out of an archive. Paths use `/`.
package protocol FileTree: Sendable {
  /// The bytes of a file; nil when there is none.
  func bytes(of path: String, limit: Int) throws(FlowModelError) -> [UInt8]?
  func isFolder(_ path: String) -> Bool
  /// The names in a folder, sorted; empty when it is none.
  func names(in folder: String) throws(FlowModelError) -> [String]
  /// A file, or all files below a folder; hidden ones are left out, and what is not there is nothing.
  ///
  /// - Parameters:
  ///   - name: what the paths of the result begin with.
  ///   - budget: bytes that may still be read.
  ///   - depth: folders above this one.
  func files(
    below path: String, as name: String, budget: inout Int, depth: Int
  ) throws(FlowModelError) -> [FlowBundle.File]
}

/// Files as they lie on disk; links are followed, as a person who names them expects.
package struct DiskFiles: FileTree {
  package init() {}

  package func bytes(of path: String, limit: Int) throws(FlowModelError) -> [UInt8]? {
    do throws(SystemError) {
      return try FileContents.read(path, limit: limit)
    } catch {
      if error.kind == .notFound { return nil }
      throw Self.failure(error, path)
    }
  }

  package func isFolder(_ path: String) -> Bool { FileStatus.isFolder(path) }

  package func names(in folder: String) throws(FlowModelError) -> [String] {
    do throws(SystemError) {
      return try Folder(opening: folder).entries()
    } catch { throw Self.failure(error, folder) }
  }

  private static func failure(_ error: SystemError, _ path: String) -> FlowModelError {
    let explanation = error.explanation
    let kind: FlowModelError.Kind = if case .tooLarge = error.kind { .limitExceeded } else { .missing }
    return FlowModelError(kind, at: SourcePlace(file: path), explanation.summary, cause: explanation.cause)
  }
}

/// Files held in memory, by their whole path: those of an unpacked archive.
package struct MemoryFiles: FileTree {
  private let files: [String: [UInt8]]

  package init(_ files: [String: [UInt8]]) { self.files = files }

  package func bytes(of path: String, limit: Int) throws(FlowModelError) -> [UInt8]? {
    guard let bytes = files[Self.plain(path)] else { return nil }
    guard bytes.count <= limit else {
      throw FlowModelError(.limitExceeded, at: SourcePlace(file: path), "'\(path)' is longer than \(limit) bytes")
    }
    return bytes
  }

  package func isFolder(_ path: String) -> Bool {
    let folder = Self.plain(path)
    return folder.isEmpty || files.keys.contains { $0.hasPrefix(folder + "/") }
  }

  package func names(in folder: String) throws(FlowModelError) -> [String] {
    let plain = Self.plain(folder)
    let prefix = plain.isEmpty ? "" : plain + "/"
    let names = files.keys.compactMap { path -> String? in
      guard path.hasPrefix(prefix) else { return nil }
      return path.dropFirst(prefix.count).split(separator: "/").first.map { String($0) }
    }
    return Set(names).sorted()
  }

  /// One look at each path: an archive may hold many.
  package func files(
    below path: String, as name: String, budget: inout Int, depth: Int
  ) throws(FlowModelError) -> [FlowBundle.File] {
    let plain = Self.plain(path)
    var result: [FlowBundle.File] = []
    for (file, bytes) in files {
      guard file == plain || file.hasPrefix(plain + "/") else { continue }
      let rest = file.dropFirst(plain.count)
      guard !rest.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
      budget -= bytes.count
      guard budget >= 0 else {
        throw FlowModelError(
          .limitExceeded, at: SourcePlace(file: path), "the bundle is longer than \(FlowLimits.bundleLength) bytes")
      }
      result.append(FlowBundle.File(path: name + rest, bytes: bytes))
    }
    return result
  }

  /// `.` is the root, and `./a` is `a`.
  private static func plain(_ path: String) -> String {
    path == "." ? "" : path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  }
}
