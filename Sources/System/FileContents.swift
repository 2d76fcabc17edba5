import CLinux
import Glibc

/// Whole files: read with a size limit, written complete or not at all.
package enum FileContents {
  /// The whole content of a file.
  ///
  /// - Throws: `.tooLarge` when it is longer than `limit` bytes; `.notPrivate` and `.wrongFileType` as `access` asks.
  package static func read(_ path: String, limit: Int, access: FileAccess = .named) throws(SystemError) -> [UInt8] {
    try read(path, in: AT_FDCWD, path: path, limit: limit, access: access)
  }

  /// Reads a file into memory of the caller: for secrets, which must not stand in an array.
  ///
  /// - Returns: the number of bytes read.
  /// - Throws: `.tooLarge` when the file is longer than `buffer`.
  package static func read(
    _ path: String, into buffer: inout MutableSpan<UInt8>, access: FileAccess
  ) throws(SystemError) -> Int {
    let file = try openVerified(path, in: AT_FDCWD, path: path, access: access)
    return try buffer.withUnsafeMutableBytes { (memory) throws(SystemError) -> Int in
      try readWhole(file, into: memory, path: path)
    }
  }

  /// Writes a file as a whole: temporary file in the same folder, fsync, rename, fsync of the folder.
  ///
  /// - Parameter mode: the new file's permissions; 0644 for what others may read.
  package static func replace(
    _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600, durability: Folder.Durability = .onDisk
  ) throws(SystemError) {
    let (parent, name) = FilePath.split(path)
    try Folder(opening: parent).replace(name, with: bytes, mode: mode, durability: durability)
  }

  /// Makes a file that must not be there yet.
  package static func create(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
    let (parent, name) = FilePath.split(path)
    try Folder(opening: parent).create(name, with: bytes.span, mode: mode)
  }

  /// The same for bytes that must not stand in an array.
  package static func create(_ path: String, with bytes: Span<UInt8>, mode: UInt32 = 0o600) throws(SystemError) {
    let (parent, name) = FilePath.split(path)
    try Folder(opening: parent).create(name, with: bytes, mode: mode)
  }

  /// Reads all of `buffer` or to the end; one byte more than fits is an error.
  static func readWhole(
    _ file: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer, path: String
  ) throws(SystemError) -> Int {
    let count = try file.read(into: buffer, path: path)
    guard count == buffer.count else { return count }
    var extra: UInt8 = 0
    let more = try withUnsafeMutableBytes(of: &extra) { (byte) throws(SystemError) -> Int in
      try file.read(into: byte, path: path)
    }
    guard more == 0 else { throw SystemError(.tooLarge(limit: buffer.count), action: "read", path: path) }
    return count
  }

  static func read(
    _ name: String, in parent: Int32, path: String, limit: Int, access: FileAccess
  ) throws(SystemError) -> [UInt8] {
    let file = try openVerified(name, in: parent, path: path, access: access)
    let status = try file.status(action: "examine", path: path)
    guard status.st_size <= limit else { throw SystemError(.tooLarge(limit: limit), action: "read", path: path) }
    var content: [UInt8] = []
    // One byte more than expected shows the end in one go, and a pipe (size 0) in growing pieces.
    var piece = max(Int(status.st_size) + 1, 4096)
    while true {
      var chunk = [UInt8](repeating: 0, count: piece)
      var span = chunk.mutableSpan
      let count = try span.withUnsafeMutableBytes { (memory) throws(SystemError) -> Int in
        try file.read(into: memory, path: path)
      }
      chunk.removeLast(piece - count)
      if content.isEmpty { content = chunk } else { content += chunk }
      guard content.count <= limit else { throw SystemError(.tooLarge(limit: limit), action: "read", path: path) }
      if count < piece { return content }
      piece = min(content.count, 1 << 20)
    }
  }

  private static func openVerified(
    _ name: String, in parent: Int32, path: String, access: FileAccess
  ) throws(SystemError) -> Descriptor {
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor.open(name, in: parent, flags: access.openFlags, action: "read", path: path)
    } catch {
      // A socket cannot be opened at all (ENXIO); say what it is.
      if case .failed = error.kind, let type = FileStatus.type(of: path), type != .regular {
        throw SystemError(.wrongFileType(type), action: "read", path: path)
      }
      throw error
    }
    try access.verify(try file.status(action: "examine", path: path), path: path)
    return file
  }
}
