import CLinux
import Glibc

/// A new file that appears under its name complete or not at all, written piece by piece.
///
/// Until ``finish()`` it has a name that ends in `.tmp`; when it is given up before, that name goes.
package struct FreshFile: ~Copyable {
  private let descriptor: Descriptor
  private let folder: String
  private let name: String
  private let temporary: String
  private var isFinished = false

  /// - Parameters:
  ///   - folder: must be there.
  ///   - name: a name that nobody else uses; what stands there is replaced.
  package init(_ name: String, in folder: String) throws(SystemError) {
    self.folder = folder
    self.name = name
    temporary = FilePath.join(folder, name + ".tmp")
    descriptor = try Descriptor.open(
      temporary, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600, action: "create", path: temporary)
  }

  deinit { if !isFinished { unlink(temporary) } }

  package func append(_ bytes: [UInt8]) throws(SystemError) { try descriptor.write(bytes.span, path: temporary) }

  /// Puts the content on disk, gives the file its name, and puts the folder on disk: two fsyncs.
  package consuming func finish() throws(SystemError) {
    try descriptor.sync(path: temporary)
    let path = FilePath.join(folder, name)
    guard rename(temporary, path) == 0 else { throw SystemError(errno: errno, action: "create", path: path) }
    isFinished = true
    try Folder(opening: folder).sync()
  }
}
