import System

/// Where bodies go that are too large for memory and have no file of their own: what comes by a pipe or a network.
///
/// The runtime names the folder. A spooled body is gone when nobody holds it any more, also after a crash.
package struct BodySpool: Sendable {
  let folder: String
  /// The largest body, in bytes.
  let limit: Int

  package static let defaultLimit = 512 << 20

  /// - Parameter folder: made when the first large body comes, for this user alone.
  package init(folder: String, limit: Int = BodySpool.defaultLimit) {
    self.folder = folder
    self.limit = limit
  }

  /// Takes a body in, piece by piece; small ones stay in memory.
  ///
  /// - Parameter nextChunk: gives the next piece; nil or an empty one at the end.
  /// - Throws: `.tooLarge` over the limit, and whatever `nextChunk` throws.
  package func body(_ nextChunk: () throws(SystemError) -> [UInt8]?) throws(SystemError) -> MessageBody {
    var start: [UInt8] = []
    while let chunk = try nextChunk(), !chunk.isEmpty {
      start += chunk
      if start.count > MessageBody.memoryLimit { return try spooled(start, then: nextChunk) }
    }
    return MessageBody(bytes: start)
  }

  /// A file of its own in the folder.
  func makeFile() throws(SystemError) -> UnnamedFile {
    try Folder.create(folder)
    return try UnnamedFile(in: folder)
  }

  private func spooled(
    _ start: [UInt8], then nextChunk: () throws(SystemError) -> [UInt8]?
  ) throws(SystemError) -> MessageBody {
    let file = try makeFile()
    var count = start.count
    try file.append(start)
    while let chunk = try nextChunk(), !chunk.isEmpty {
      count += chunk.count
      guard count <= limit else { throw SystemError(.tooLarge(limit: limit), action: "store in", path: folder) }
      try file.append(chunk)
    }
    return try MessageBody(file: try file.finish())
  }
}
