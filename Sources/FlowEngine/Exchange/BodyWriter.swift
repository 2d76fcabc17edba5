import System

/// Makes a body piece by piece: in memory while it is small, then in a file of the spool.
package final class BodyWriter {
  private let spool: BodySpool?
  private var bytes: [UInt8] = []
  private var file: UnnamedFile?
  package private(set) var byteCount = 0

  /// - Parameter spool: nil keeps everything in memory, up to ``BodySpool/defaultLimit``.
  package init(spool: BodySpool?) { self.spool = spool }

  /// - Throws: `.tooLarge` over the spool's limit.
  package func append(_ piece: [UInt8]) throws(SystemError) {
    byteCount += piece.count
    let limit = spool?.limit ?? BodySpool.defaultLimit
    guard byteCount <= limit else {
      throw SystemError(.tooLarge(limit: limit), action: "store", path: spool?.folder ?? "the body")
    }
    if file != nil {
      try file?.append(piece)
      return
    }
    bytes += piece
    guard let spool, bytes.count > MessageBody.memoryLimit else { return }
    let new = try spool.makeFile()
    try new.append(bytes)
    file = consume new
    bytes = []
  }

  package func append(_ body: MessageBody) throws(SystemError) {
    var reader = body.makeReader()
    while let chunk = try reader.nextChunk(atMost: 256 << 10) { try append(chunk) }
  }

  package func append(_ text: String) throws(SystemError) { try append(Array(text.utf8)) }

  /// Ends the writing; the writer is empty then.
  package func finish() throws(SystemError) -> MessageBody {
    defer { bytes = [] }
    guard let written = file.take() else { return MessageBody(bytes: bytes) }
    return try MessageBody(file: try written.finish())
  }
}
