import FlowEngine
import System
import TenantBase

/// Reads what a command line names as the message of a run.
enum MessageInput {
  /// The longest body or attachment, in bytes.
  static let limit = 512 << 20

  /// - Parameter source: a file, or `-` for standard input.
  static func body(_ source: String) throws -> MessageBody {
    MessageBody(
      bytes: source == "-"
        ? try StandardStream.input.readAll(limit: limit) : try FileContents.read(source, limit: limit))
  }

  static func attachment(_ file: String) throws -> ExchangeAttachment {
    let name = FilePath.split(file).name
    return ExchangeAttachment(
      name: name, mediaType: mediaType(of: name),
      content: MessageBody(bytes: try FileContents.read(file, limit: limit)))
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
