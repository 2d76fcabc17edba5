import FlowEngine
import System
import TenantBase

/// Reads what a command line names as the message of a run.
enum MessageInput {
  /// The longest body or attachment, in bytes.
  static let limit = 512 << 20

  /// - Parameters:
  ///   - source: a file, or `-` for standard input. A large file is read when the mail leaves, not now.
  ///   - spoolFolder: where a large body from standard input goes.
  static func body(_ source: String, spoolFolder: String) throws -> MessageBody {
    guard source == "-" else { return try content(of: source) }
    return try BodySpool(folder: spoolFolder, limit: limit).body { () throws(SystemError) in
      try StandardStream.input.readChunk()
    }
  }

  private static func content(of file: String) throws(SystemError) -> MessageBody {
    // What is no regular file (a pipe of the shell) can be read only once, and is read now.
    guard FileStatus.isRegularFile(file) else { return MessageBody(bytes: try FileContents.read(file, limit: limit)) }
    let opened = try OpenFile(file)
    guard opened.byteCount <= limit else { throw SystemError(.tooLarge(limit: limit), action: "read", path: file) }
    return try MessageBody(file: opened)
  }

  static func attachment(_ file: String) throws -> ExchangeAttachment {
    let name = FilePath.split(file).name
    return ExchangeAttachment(
      name: name, mediaType: mediaType(of: name),
      content: try content(of: file))
  }

  /// By the name's ending, for the types that mails carry most.
  private static func mediaType(of name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
    switch name[name.index(after: dot)...].lowercased() {
    case "txt", "log": return "text/plain"
    case "csv": return "text/csv"
    case "htm", "html": return "text/html"
    case "xml": return "application/xml"
    case "json": return "application/json"
    case "pdf": return "application/pdf"
    case "zip": return "application/zip"
    case "png": return "image/png"
    case "jpg", "jpeg": return "image/jpeg"
    default: return "application/octet-stream"
    }
  }
}
