import FlowEngine
import MIME
import Synchronization
import System
import TenantBase

extension MessageBody {
  /// The body as a part of a mail reads it.
  var source: BodySource { bytesInMemory.map { .bytes($0) } ?? .source(StoredBodySource(body: self)) }
}

extension MIMEError {
  fileprivate init(_ error: SystemError) {
    self.init(.unreadableBody, field: error.path, detail: error.explanation.cause ?? error.explanation.summary)
  }
}

/// A body in a file, as it is.
private struct StoredBodySource: ByteSource {
  let body: MessageBody

  var byteCount: Int? { body.byteCount }

  func makeReader() throws(MIMEError) -> any ByteSourceReader { Reader(reader: body.makeReader()) }

  private struct Reader: ByteSourceReader {
    var reader: MessageBody.Reader

    mutating func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
      do throws(SystemError) { return try reader.nextChunk(atMost: limit) } catch { throw MIMEError(error) }
    }
  }
}

/// A text body in a file, converted from UTF-8 to the mail's charset while it is read; what is not UTF-8 becomes U+FFFD.
final class ConvertedTextSource: ByteSource {
  private let content: MessageBody
  private let charset: MailCharset
  private let hasLoss = Mutex(false)

  init(content: MessageBody, charset: MailCharset) {
    self.content = content
    self.charset = charset
  }

  /// Whether every character existed in the charset, at the readings so far.
  var isLossless: Bool { hasLoss.withLock { !$0 } }

  var byteCount: Int? { nil }

  func makeReader() throws(MIMEError) -> any ByteSourceReader {
    if CharsetName.isUTF8(charset.name) {
      guard let converter = CharsetConverter(decoding: charset.name) else { throw unknownCharset }
      return Reader(content.makeReader(), converter, of: self)
    }
    guard let converter = CharsetConverter(encoding: charset.name) else { throw unknownCharset }
    return Reader(content.makeReader(), converter, of: self)
  }

  private var unknownCharset: MIMEError {
    MIMEError(.unknownCharset, field: "charset", detail: "no charset '\(charset.name)' is known here")
  }

  private func noteLoss() { hasLoss.withLock { $0 = !CharsetName.isUTF8(charset.name) } }

  private final class Reader: ByteSourceReader {
    private var reader: MessageBody.Reader
    private var converter: CharsetConverter
    private let source: ConvertedTextSource
    private var isFinished = false

    init(_ reader: MessageBody.Reader, _ converter: consuming CharsetConverter, of source: ConvertedTextSource) {
      self.reader = reader
      self.converter = converter
      self.source = source
    }

    /// Gives a little more than `limit` where the charset takes more room.
    func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
      while !isFinished {
        var output: [UInt8] = []
        if let chunk = try readChunk(atMost: max(1, limit / 4)) {
          converter.append(chunk, to: &output)
        } else {
          isFinished = true
          converter.finish(into: &output)
          if !converter.isLossless { source.noteLoss() }
        }
        if !output.isEmpty { return output }
      }
      return nil
    }

    private func readChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
      do throws(SystemError) { return try reader.nextChunk(atMost: limit) } catch { throw MIMEError(error) }
    }
  }
}

/// Whether a text needs a charset beside it: it is UTF-8, and not plain ASCII.
enum UTF8Scan {
  static func needsCharset(_ body: MessageBody) throws(MIMEError) -> Bool {
    guard var converter = CharsetConverter(decoding: "UTF-8") else { return false }
    var reader = body.makeReader()
    var hasEightBit = false
    do throws(SystemError) {
      while let chunk = try reader.nextChunk(atMost: 64 * 1024) {
        hasEightBit = hasEightBit || chunk.contains { $0 >= 0x80 }
        guard hasEightBit else { continue }
        var text: [UInt8] = []
        converter.append(chunk, to: &text)
        if !converter.isLossless { return false }
      }
    } catch { throw MIMEError(error) }
    var rest: [UInt8] = []
    converter.finish(into: &rest)
    return hasEightBit && converter.isLossless
  }
}
