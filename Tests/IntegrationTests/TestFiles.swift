import Glibc

/// A file operation of the tests failed.
struct FileFailure: Error, CustomStringConvertible {
  let description: String

  init(_ action: String, _ path: String) {
    description = "cannot \(action) '\(path)': \(String(cString: strerror(errno)))"
  }
}

/// Whole files and folders, as tests arrange and look at them.
enum TestFiles {
  /// The folder of Package.swift.
  static let packageRoot: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The folder in which tests make theirs: TENANT_TEST_TMP, which its owner searches and removes, else the temporary folder.
  static let temporaryFolder = environment("TENANT_TEST_TMP") ?? environment("TMPDIR") ?? "/tmp"

  /// Whether what tests leave is removed by whoever started them.
  static let isKeptForOwner = environment("TENANT_TEST_TMP") != nil

  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  static func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileFailure("open", path) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(file, &buffer, buffer.count)
      guard count >= 0 else { throw FileFailure("read", path) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard file >= 0 else { throw FileFailure("create", path) }
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      guard count > 0 else { throw FileFailure("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  static func makeFolder(_ path: String, mode: mode_t = 0o700) throws {
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw FileFailure("make", path) }
  }

  /// Makes a new folder `temporaryFolder/NAME.xxxxxx`, open to its owner alone, and returns its path.
  static func makeTemporaryFolder(_ name: String) throws -> String {
    var template = Array("\(temporaryFolder)/\(name).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileFailure("make a folder in", temporaryFolder) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The names in a folder, sorted, without `.` and `..`.
  static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else { throw FileFailure("list", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func removeAll(_ path: String) {
    _ = try? ChildProcess(path: "/bin/rm", arguments: ["-rf", "--", path]).runBlocking()
  }
}
