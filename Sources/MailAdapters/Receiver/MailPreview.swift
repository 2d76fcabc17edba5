import MIME

/// The mail that a dry run shows.
struct MailPreview {
  /// Bytes that are shown: enough for what a person reads, and memory's bound for what nobody does.
  static let limit = 1 << 20

  /// What is not UTF-8 is shown as U+FFFD.
  let text: String
  let isCut: Bool

  init(_ mail: OutgoingMail) throws(MIMEError) {
    var reader = mail.makeReader()
    var bytes: [UInt8] = []
    while bytes.count <= Self.limit, let chunk = try reader.nextChunk() { bytes += chunk }
    isCut = bytes.count > Self.limit
    text = String(decoding: bytes.prefix(Self.limit), as: UTF8.self)
  }
}
