import TenantBase

extension MailDraft {
  /// Makes the mail's bytes: header, parts, boundaries. Reads every content once, to choose its transfer encoding.
  ///
  /// - Throws: `MIMEError` with the field's name; nothing is built then.
  package func build(identity: MailIdentity) throws(MIMEError) -> OutgoingMail {
    var builder = try MailBuilder(identity: identity)
    return try builder.build(self)
  }
}

/// Puts one mail together. The part tree is at most three levels deep: mixed, related or alternative, leaf.
struct MailBuilder {
  private enum Part {
    case leaf(header: [UInt8], source: BodySource, transform: BodyTransform, scan: ContentScan)
    case multipart(type: MediaType, boundary: String, parts: [Part])
  }

  /// Fields that only the mail itself sets.
  private static let reservedNames: Set<String> = [
    "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "content-type",
    "content-transfer-encoding", "content-disposition", "content-id", "return-path", "received",
  ]

  private let identity: MailIdentity
  private var boundaryCount = 0
  private var segments: [OutgoingMail.Segment] = []
  /// Bytes not yet closed off as a segment.
  private var pending: [UInt8] = []
  private var size: Int? = 0
  private var needs8BitMIME = false

  init(identity: MailIdentity) throws(MIMEError) {
    let token = identity.boundaryToken.utf8
    guard (1...40).contains(token.count), token.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) }) else {
      throw MIMEError(.malformedMediaType, field: "boundary", detail: "a boundary token is 1 to 40 letters and digits")
    }
    try Self.checkIdentifier(identity.messageID, field: "Message-ID")
    self.identity = identity
  }

  mutating func build(_ message: MailDraft) throws(MIMEError) -> OutgoingMail {
    var header = HeaderWriter()
    try write(message, to: &header)
    pending = header.output
    let root = try makeTree(message.content)
    try append(root, isRoot: true)
    closeSegment()
    let addresses =
      [message.from, message.replyTo, message.to, message.cc].flatMap(\.mailboxes)
      + (message.sender.map { [$0] } ?? [])
    return OutgoingMail(
      messageID: identity.messageID, size: size, needs8BitMIME: needs8BitMIME,
      needsSMTPUTF8: addresses.contains(where: \.needsSMTPUTF8), segments: segments)
  }

  // MARK: header

  private func write(_ message: MailDraft, to header: inout HeaderWriter) throws(MIMEError) {
    let authors = message.from.mailboxes
    guard let firstAuthor = authors.first else {
      throw MIMEError(.missingField, field: "From", detail: "a mail needs a sender")
    }
    try header.structured("Date", [identity.date.headerText])
    try header.addresses("From", message.from)
    if let sender = message.sender ?? (authors.count > 1 ? firstAuthor : nil) {
      try header.addresses("Sender", AddressList([sender]))
    }
    try header.addresses("Reply-To", message.replyTo)
    try header.addresses("To", message.to)
    try header.addresses("Cc", message.cc)
    try header.structured("Message-ID", [identity.messageID])
    if let subject = message.subject { try header.unstructured("Subject", subject) }
    for field in message.furtherHeaders {
      if Self.reservedNames.contains(field.name.lowercased()) {
        throw MIMEError(.malformedHeaderName, field: field.name, detail: "this field is set by the mail's own settings")
      }
      try header.unstructured(field.name, field.value)
    }
    try header.structured("MIME-Version", ["1.0"])
  }

  private static func checkIdentifier(_ text: String, field: String) throws(MIMEError) {
    try HeaderWriter.refuseLineEnds(text, field: field)
    let inner = text.dropFirst().dropLast()
    let isIdentifier =
      text.hasPrefix("<") && text.hasSuffix(">") && text.utf8.count <= 900
      && inner.utf8.allSatisfy { ASCII.isVisible($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
      && inner.split(separator: "@", omittingEmptySubsequences: false).count == 2
      && !inner.hasPrefix("@") && !inner.hasSuffix("@")
    if !isIdentifier {
      throw MIMEError(.malformedAddress, field: field, detail: "an identifier has the form <left@right>, in ASCII")
    }
  }

  // MARK: parts

  private mutating func makeTree(_ content: MailContent) throws(MIMEError) -> Part {
    let isAlone = content.htmlAlternative == nil && content.inlineParts.isEmpty && content.attachments.isEmpty
    var shown: Part?
    if let body = content.body { shown = try makeLeaf(body, endsBody: isAlone) }
    if let html = content.htmlAlternative {
      var related = try makeLeaf(html, endsBody: false)
      if !content.inlineParts.isEmpty { related = try relate(related, type: "text/html", to: content.inlineParts) }
      shown = shown.map { multipart("multipart/alternative", [$0, related]) } ?? related
    } else if let root = shown, !content.inlineParts.isEmpty, let body = content.body {
      shown = try relate(root, type: body.mediaType.name, to: content.inlineParts)
    }
    if content.attachments.isEmpty {
      if let shown { return shown }
      return try makeLeaf(MailBody(source: .bytes([]), mediaType: .plainText), endsBody: true)
    }
    var parts = shown.map { [$0] } ?? []
    for attachment in content.attachments { parts.append(try makeLeaf(attachment)) }
    return multipart("multipart/mixed", parts)
  }

  /// RFC 2387: the root comes first, and its type is a parameter.
  private mutating func relate(_ root: Part, type: String, to inline: [MailAttachment]) throws(MIMEError) -> Part {
    var parts = [root]
    for part in inline { parts.append(try makeLeaf(part)) }
    return multipart("multipart/related", parts, parameters: [.init(name: "type", value: type)])
  }

  private mutating func multipart(_ name: StaticString, _ parts: [Part], parameters: [MediaType.Parameter] = [])
    -> Part
  {
    boundaryCount += 1
    // "=_" cannot stand in quoted-printable or base64.
    let boundary = "=_\(identity.boundaryToken)_\(boundaryCount)"
    var type = MediaType(known: name)
    type.parameters = parameters + [.init(name: "boundary", value: boundary)]
    return .multipart(type: type, boundary: boundary, parts: parts)
  }

  private func makeLeaf(_ body: MailBody, endsBody: Bool) throws(MIMEError) -> Part {
    let isText = body.mediaType.isText && MailCharset.keepsASCII(body.mediaType.charset)
    let scan = try ContentScan(body.source, isText: isText, request: body.encoding)
    let encoding = PartEncoding.choose(body.encoding, for: scan, isText: isText, endsBody: endsBody)
    var header = HeaderWriter()
    try header.structured("Content-Type", contentTypeTokens(body.mediaType, name: nil))
    try header.structured("Content-Transfer-Encoding", [encoding.rawValue])
    header.endHeader()
    return .leaf(
      header: header.output, source: body.source,
      transform: BodyTransform(encoding: encoding, isText: isText, endsBody: endsBody), scan: scan)
  }

  private func makeLeaf(_ attachment: MailAttachment) throws(MIMEError) -> Part {
    let name = attachment.name.flatMap { $0.isEmpty ? nil : $0 }
    if let name {
      try HeaderWriter.refuseLineEnds(name, field: "attachment name")
      if name.utf8.count > 1024 {
        throw MIMEError(.tooLong, field: "attachment name", detail: "longer than 1024 bytes")
      }
    }
    if attachment.mediaType.isMultipart {
      throw MIMEError(.malformedMediaType, field: "attachment type", detail: "an attachment is no multipart")
    }
    let scan = try ContentScan(attachment.source, isText: false, request: attachment.encoding)
    let encoding = PartEncoding.choose(attachment.encoding, for: scan, isText: false, endsBody: false)
    var header = HeaderWriter()
    try header.structured("Content-Type", contentTypeTokens(attachment.mediaType, name: name))
    try header.structured("Content-Transfer-Encoding", [encoding.rawValue])
    var disposition = [attachment.disposition.rawValue]
    if let name { disposition += HeaderParameter.tokens("filename", name) }
    try header.structured("Content-Disposition", Self.separated(disposition))
    if let contentID = attachment.contentID {
      try Self.checkIdentifier("<\(contentID)>", field: "Content-ID")
      try header.structured("Content-ID", ["<\(contentID)>"])
    }
    header.endHeader()
    return .leaf(
      header: header.output, source: attachment.source,
      transform: BodyTransform(encoding: encoding, isText: false, endsBody: false), scan: scan)
  }

  private func contentTypeTokens(_ type: MediaType, name: String?) throws(MIMEError) -> [String] {
    var tokens = [type.name]
    for parameter in type.parameters where parameter.name != "name" || name == nil {
      try HeaderWriter.refuseLineEnds(parameter.value, field: "Content-Type")
      tokens += HeaderParameter.tokens(parameter.name, parameter.value)
    }
    tokens = Self.separated(tokens)
    guard let name else { return tokens }
    tokens[tokens.count - 1] += ";"
    return tokens + HeaderParameter.compatibleTokens("name", name)
  }

  private static func separated(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in index + 1 < tokens.count ? token + ";" : token }
  }

  // MARK: bytes

  private mutating func append(_ part: Part, isRoot: Bool) throws(MIMEError) {
    switch part {
    case .leaf(let header, let source, let transform, let scan):
      pending += header
      appendBody(source, transform, scan)
      let endsInLineEnd = [.sevenBit, .eightBit].contains(transform.encoding) && scan.endsInLineEnd
      let isEmpty = scan.byteCount == 0
      if isRoot, !endsInLineEnd, !isEmpty { pending += [ASCII.cr, ASCII.lf] }
    case .multipart(let type, let boundary, let parts):
      var header = HeaderWriter()
      try header.structured("Content-Type", contentTypeTokens(type, name: nil))
      header.endHeader()
      pending += header.output
      for (index, child) in parts.enumerated() {
        pending += Array("\(index == 0 ? "" : "\r\n")--\(boundary)\r\n".utf8)
        try append(child, isRoot: false)
      }
      pending += Array("\r\n--\(boundary)--\r\n".utf8)
    }
  }

  private mutating func appendBody(_ source: BodySource, _ transform: BodyTransform, _ scan: ContentScan) {
    if transform.encoding == .eightBit, scan.eightBitBytes > 0 { needs8BitMIME = true }
    closeSegment()
    segments.append(.body(source, transform))
    if let known = size, let added = transform.size(of: scan) {
      let (sum, overflow) = known.addingReportingOverflow(added)
      size = overflow ? nil : sum
    } else {
      size = nil
    }
  }

  private mutating func closeSegment() {
    if pending.isEmpty { return }
    segments.append(.bytes(pending))
    size = size.map { $0 + pending.count }
    pending = []
  }
}
