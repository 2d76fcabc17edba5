import Expressions
import FlowEngine
import FlowModel
import MIME
import System
import TenantBase

/// The MIME Multipart Encoder: body and attachments become one multipart body.
struct MultipartEncode: FlowStep {
  let subtype: String
  /// The multipart's header stands in the body; else among the headers of the exchange, and a message without attachments
  /// stays as it is.
  let hasInlineHeader: Bool
  /// Which headers of the exchange stand in the body's header too: the whole name must match.
  let includedHeaders: JavaPattern?
  let foldsHeaders: Bool

  static func read(_ reading: inout StepReading) -> (any FlowStep)? {
    let isInline = reading.flag("MultipartAddHeadersInline")
    let subtype = reading.properties.text("MultipartSubtype", default: "mixed")
    if (try? MultipartWriter(subtype: subtype, boundary: "x")) == nil {
      reading.report(
        .error, "step-option-unsupported", at: "MultipartSubtype", "'\(subtype)' cannot be the subtype of a multipart")
      return nil
    }
    var pattern: JavaPattern?
    let text = reading.properties.text("IncludeHeaders")
    if isInline, !text.isEmpty {
      do throws(ExpressionError) { pattern = try JavaPattern(text) } catch {
        reading.report(.error, "expression-bad", at: "IncludeHeaders", error.description)
        return nil
      }
    }
    return MultipartEncode(
      subtype: subtype, hasInlineHeader: isInline, includedHeaders: pattern,
      foldsHeaders: isInline || reading.flag("FoldLongHeaders"))
  }

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    guard hasInlineHeader || !exchange.attachments.isEmpty else { return }
    let contentType: String
    let pieces: [Piece]
    do throws(MIMEError) {
      let writer = try MultipartWriter(subtype: subtype, boundary: MultipartWriter.makeBoundary())
      contentType = writer.contentType(folds: foldsHeaders)
      pieces =
        [.bytes(try inlineHeader(of: exchange, contentType: contentType))] + (try self.pieces(of: exchange, writer))
    } catch {
      throw FlowFailure(
        .stepFailed, class: .permanent, error.explanation.within("the message cannot be made a multipart"))
    }
    exchange.body = try Self.join(pieces, in: run)
    exchange.attachments = []
    exchange.headers["Content-Transfer-Encoding"] = nil
    exchange.headers["Content-Type"] = hasInlineHeader ? nil : .text(contentType)
    if !hasInlineHeader { exchange.headers["MIME-Version"] = .text("1.0") }
  }

  private enum Piece {
    case bytes([UInt8])
    case content(MessageBody)
  }

  private func pieces(of exchange: Exchange, _ writer: MultipartWriter) throws(MIMEError) -> [Piece] {
    let bodyType = exchange.headers["Content-Type"]?.text ?? ""
    var result: [Piece] = [
      .bytes(
        try writer.partHead(
          contentType: bodyType.isEmpty ? "application/octet-stream" : bodyType,
          transferEncoding: Self.transferEncoding(bodyType), fileName: nil, isFirst: true)),
      .content(exchange.body),
    ]
    for attachment in exchange.attachments {
      result.append(
        .bytes(
          try writer.partHead(
            contentType: attachment.mediaType, transferEncoding: Self.transferEncoding(attachment.mediaType),
            fileName: attachment.name, isFirst: false)))
      result.append(.content(attachment.content))
    }
    return result + [.bytes(writer.end)]
  }

  private static func transferEncoding(_ contentType: String) -> String {
    contentType.lowercased().hasPrefix("text/") ? "8bit" : "binary"
  }

  /// The header in the body; empty when it is not to stand there.
  private func inlineHeader(of exchange: Exchange, contentType: String) throws(MIMEError) -> [UInt8] {
    guard hasInlineHeader else { return [] }
    var fields: [UInt8] = []
    for name in exchange.headers.names where !Self.ownFields.contains(name.lowercased()) {
      guard let includedHeaders, (try? includedHeaders.matches(name)) == true else { continue }
      fields += try MultipartWriter.field(name, exchange.headers[name]?.text ?? "")
    }
    return fields + Array("MIME-Version: 1.0\r\nContent-Type: \(contentType)\r\n\r\n".utf8)
  }

  static let ownFields: Set<String> = ["content-type", "content-transfer-encoding", "mime-version"]

  private static func join(_ pieces: [Piece], in run: FlowRun) throws(FlowFailure) -> MessageBody {
    var waiting = ArraySlice(pieces)
    var reader: MessageBody.Reader?
    return try run.makeBody { () throws(FlowFailure) in
      while true {
        if reader != nil {
          do throws(SystemError) {
            if let chunk = try reader?.nextChunk(atMost: 64 * 1024) { return chunk }
          } catch { throw FlowFailure(.stepFailed, from: error) }
          reader = nil
        }
        switch waiting.popFirst() {
        case .bytes(let bytes)?: return bytes
        case .content(let body)?: reader = body.makeReader()
        case nil: return nil
        }
      }
    }
  }
}
