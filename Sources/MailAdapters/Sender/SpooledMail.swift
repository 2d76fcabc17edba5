import Crypto
import FlowEngine
import MIME
import System

/// Takes a mail in while it arrives, byte for byte: in memory when it is small, else in a file without a name.
final class SpooledMail {
  private let folder: String
  private var start: [UInt8] = []
  private var file: UnnamedFile?
  private var digest: Digest? = Digest(.sha256)
  /// The first bytes, as far as a header may reach.
  private var head: [UInt8] = []
  private(set) var byteCount = 0

  /// - Parameter folder: where large mails go; made when the first one comes, for this user alone.
  init(folder: String) { self.folder = folder }

  /// - Throws: when the disk is full.
  func append(_ bytes: [UInt8]) throws(SystemError) {
    byteCount += bytes.count
    digest?.update(bytes)
    if head.count < MailHead.limit { head += bytes.prefix(MailHead.limit - head.count) }
    if file == nil, start.count + bytes.count <= MessageBody.memoryLimit {
      start += bytes
      return
    }
    if file == nil {
      try Folder.create(folder)
      let spool = try UnnamedFile(in: folder)
      try spool.append(start)
      start = []
      file = consume spool
    }
    try file?.append(bytes)
  }

  /// Ends the writing; called once.
  func finish() throws(SystemError) -> RawSourceMessage {
    let sum = digest.take()?.finish() ?? []
    let headers = MailHead.headers(in: head)
    head = []
    let body: MessageBody
    if let file = file.take() {
      body = try MessageBody(file: try file.finish())
    } else {
      body = MessageBody(bytes: start)
    }
    return RawSourceMessage(content: SourceContent(digest: sum, headers), raw: body)
  }

  /// A mail that lies somewhere already.
  static func message(of raw: MessageBody) throws(SystemError) -> RawSourceMessage {
    var digest = Digest(.sha256)
    var head: [UInt8] = []
    var reader = raw.makeReader()
    while let chunk = try reader.nextChunk(atMost: 64 * 1024) {
      digest.update(chunk)
      if head.count < MailHead.limit { head += chunk.prefix(MailHead.limit - head.count) }
    }
    return RawSourceMessage(content: SourceContent(digest: digest.finish(), MailHead.headers(in: head)), raw: raw)
  }
}

/// The header of a mail whose body is not looked at.
enum MailHead {
  /// Bytes that are searched for the header's end.
  static let limit = 256 * 1024

  static func headers(in bytes: [UInt8]) -> MailHeaders {
    MailMessageParser.parse(Array(bytes.prefix(upTo: end(of: bytes)))).headers
  }

  /// Behind the first empty line; the count of all bytes when there is none.
  private static func end(of bytes: [UInt8]) -> Int {
    let span = bytes.span
    var lineStart = 0
    for index in 0..<span.count where span[index] == 0x0A {
      let length = index - lineStart
      if length == 0 || (length == 1 && span[lineStart] == 0x0D) { return index + 1 }
      lineStart = index + 1
    }
    return span.count
  }
}

extension SourceContent {
  init(digest: [UInt8], _ headers: MailHeaders) {
    self.init(
      digest: digest, messageID: headers.messageID.map { "<\($0)>" },
      from: headers.text("From") ?? "", subject: headers.subject ?? "")
  }
}
