import MIME
import System
import TenantBase

/// Reads all mails of a folder, one after the other on one thread, with all the work done that a reader needs: the
/// structure, the headers decoded, text in UTF-8, attachments decoded. Reading the files is not measured.
struct ParseFolder {
  private let mails: [[UInt8]]

  init(path: String) throws {
    mails = try Folder(opening: path).entries().sorted().map {
      try FileContents.read(FilePath.join(path, $0), limit: 64 << 20)
    }
  }

  /// An order is any line; the answer is one pass over the folder.
  func serve() throws {
    while readLine() != nil {
      let began = ContinuousClock.now
      var produced = 0
      for mail in mails { produced += Self.read(MailMessageParser.parse(mail)) }
      let duration = began.duration(to: .now)
      guard produced > 0 else { throw BenchError("the folder holds no mail") }
      try answer(seconds: duration)
    }
  }

  /// - Returns: how many bytes of header texts and content came out.
  static func read(_ mail: ReceivedMail) -> Int {
    let headers = mail.headers
    var produced = headers.subject?.utf8.count ?? 0
    produced += headers.from.count + headers.to.count + headers.cc.count
    produced += headers.messageID?.utf8.count ?? 0
    produced += headers.date == nil ? 0 : 1
    for part in mail.root.all where part.kind == .leaf {
      if part.contentType.isText {
        produced += mail.text(of: part)?.utf8.count ?? 0
      } else {
        produced += mail.content(of: part)?.count ?? 0
      }
    }
    return produced
  }
}
