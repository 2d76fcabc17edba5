import Expressions
import FlowEngine
import MIME
import System

/// Finds the contents of a parsed mail's parts: in memory, in the parser's files, or in the raw mail.
struct MailPartReader {
  let mail: ReceivedMail
  let parts: SpoolPartStore
  let raw: MessageBody
  let spoolFolder: String

  struct Body {
    let body: MessageBody
    let contentType: String
    /// The part that it is, where a large one was taken; nil when it is none of the attachments.
    var path: [Int]?
  }

  private static let plainType = "text/plain; charset=UTF-8"
  private static let htmlType = "text/html; charset=UTF-8"

  /// The text of the mail, else its HTML, in UTF-8; empty when it has neither.
  func body(_ contents: MailContents) throws(SystemError) -> Body {
    if let text = contents.text, !contents.isTextDerived {
      return Body(body: MessageBody(text: text), contentType: Self.plainType)
    }
    // Text that is too large for memory counts as a file there.
    for subtype in ["plain", "html"] {
      if subtype == "html", let html = contents.html {
        return Body(body: MessageBody(text: html), contentType: Self.htmlType)
      }
      guard let part = largeText(subtype, contents) else { continue }
      return Body(
        body: try inUTF8(part), contentType: subtype == "html" ? Self.htmlType : Self.plainType, path: part.path)
    }
    return Body(body: .empty, contentType: Self.plainType)
  }

  /// A text that is no file of somebody's, and lies in the store.
  private func largeText(_ subtype: String, _ contents: MailContents) -> MIMEPart? {
    contents.attachments.lazy.compactMap { mail.part(at: $0.path) }.first { part in
      guard case .stored = part.content, part.contentType.isText, part.contentType.subtype == subtype else {
        return false
      }
      let hasName = part.disposition?.parameters["filename"] != nil || part.contentType.parameters["name"] != nil
      return part.disposition?.isAttachment != true && (!hasName || part.path == [1])
    }
  }

  /// - Parameter bodyPath: the part that is the message's body, and no attachment.
  func attachments(
    _ contents: MailContents, without bodyPath: [Int]?, digest: [UInt8]
  ) throws(SystemError) -> [ExchangeAttachment] {
    let files = (contents.attachments + contents.inlineParts)
      .filter { $0.path != bodyPath || $0.uuencodedContent != nil }
      .enumerated().sorted { left, right in
        left.element.path == right.element.path
          ? left.offset < right.offset : left.element.path.lexicographicallyPrecedes(right.element.path)
      }.map(\.element)
    let names = ExchangeAttachmentNames(digest: digest).unique(files.map(\.originalName))
    var result: [ExchangeAttachment] = []
    for (file, name) in zip(files, names) {
      result.append(
        ExchangeAttachment(name: name, mediaType: mediaType(of: file), content: try content(of: file)))
    }
    return result
  }

  /// With the charset of a text, which nobody could guess later.
  private func mediaType(of file: MailContents.Attachment) -> String {
    guard file.uuencodedContent == nil, let part = mail.part(at: file.path), part.contentType.isText,
      let charset = part.contentType.charset, Charset.isKnown(charset),
      charset.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3B && $0 != 0x5C })
    else { return file.mediaType }
    return "\(file.mediaType); charset=\(charset)"
  }

  private func content(of file: MailContents.Attachment) throws(SystemError) -> MessageBody {
    if let bytes = file.uuencodedContent { return MessageBody(bytes: bytes) }
    guard let part = mail.part(at: file.path) else { return .empty }
    return try content(of: part)
  }

  private func content(of part: MIMEPart) throws(SystemError) -> MessageBody {
    switch part.content {
    case .memory(let bytes): return MessageBody(bytes: bytes)
    case .stored(let number, _):
      guard parts.files.indices.contains(number), let file = parts.files[number] else { return .empty }
      return try MessageBody(file: file)
    case .raw, .none: return try rawContent(of: part)
    }
  }

  /// A mail within the mail: its bytes stand in the raw mail, perhaps encoded.
  private func rawContent(of part: MIMEPart) throws(SystemError) -> MessageBody {
    guard part.source == 0 else { return .empty }
    var decoder = TransferDecoder(part.transferEncoding)
    var reader = raw.makeReader()
    var position = 0
    let range = part.bodyRange
    var isFinished = false
    return try BodySpool(folder: spoolFolder).body { () throws(SystemError) -> [UInt8]? in
      var output: [UInt8] = []
      while output.isEmpty, !isFinished {
        guard position < range.upperBound, let chunk = try reader.nextChunk(atMost: 64 * 1024) else {
          isFinished = true
          decoder.finish(into: &output)
          break
        }
        let wanted = range.clamped(to: position..<(position + chunk.count))
        if !wanted.isEmpty {
          decoder.decode(chunk[(wanted.lowerBound - position)..<(wanted.upperBound - position)], into: &output)
        }
        position += chunk.count
      }
      return output.isEmpty ? nil : output
    }
  }

  private func inUTF8(_ part: MIMEPart) throws(SystemError) -> MessageBody {
    let stored = try content(of: part)
    let charset = part.contentType.charset ?? "UTF-8"
    let name = Charset.isKnown(charset) && CharsetConverter.isKnown(charset) ? charset : "UTF-8"
    guard var converter = CharsetConverter(decoding: name) else { return stored }
    var reader = stored.makeReader()
    var isFinished = false
    return try BodySpool(folder: spoolFolder).body { () throws(SystemError) -> [UInt8]? in
      var output: [UInt8] = []
      while output.isEmpty, !isFinished {
        if let chunk = try reader.nextChunk(atMost: 64 * 1024) {
          converter.append(chunk, to: &output)
        } else {
          isFinished = true
          converter.finish(into: &output)
        }
      }
      return output.isEmpty ? nil : output
    }
  }
}
