import TenantBase

extension MailInspection {
  /// The shape of docs/formats/mail-json.md: every member is always there.
  package var json: JSONValue {
    [
      "size": .number(mail.source.count),
      "exceededLimit": .optional(mail.exceededLimit?.rawValue),
      "automatic": .optional(automatic?.rawValue),
      "headers": Self.headers(mail.root),
      "text": .optional(contents.text),
      "isTextDerived": .bool(contents.isTextDerived),
      "html": .optional(contents.html),
      "attachments": .array((contents.attachments + contents.inlineParts).map { file($0) }),
      "deliveryReport": deliveryReport.map { Self.report($0) } ?? .null,
      "parts": .array(mail.root.all.map { part($0) }),
      "defects": .array(mail.defects.map { Self.defect($0) }),
      "defectCount": .number(mail.defectCount),
    ]
  }

  private func part(_ part: MIMEPart) -> JSONValue {
    [
      "path": .string(part.pathText),
      "kind": .string(part.kind.rawValue),
      "contentType": .string(part.contentType.mediaType),
      "charset": .optional(part.contentType.charset),
      "transferEncoding": .string(part.transferEncoding.rawValue),
      "disposition": .optional(part.disposition?.kind),
      "fileName": .optional(part.disposition?.parameters["filename"] ?? part.contentType.parameters["name"]),
      "contentId": .optional(part.contentID),
      "offset": .number(part.range.lowerBound),
      "bodyOffset": .number(part.bodyRange.lowerBound),
      "end": .number(part.range.upperBound),
      "fields": .array(
        part.header.fields.map { ["name": .string($0.name), "value": .string($0.unfoldedValue)] }),
      "headers": Self.headers(part),
      "body": body(part),
      "defects": .array(mail.defects.filter { $0.path == part.path }.map { Self.defect($0) }),
    ]
  }

  private func body(_ part: MIMEPart) -> JSONValue {
    guard part.kind == .leaf, let content = mail.content(of: part) else { return .null }
    let text = part.contentType.isText ? Charset.decode(content, charset: part.contentType.charset) : nil
    return [
      "size": .number(content.count), "bytes": .string(Base64Text.encode(content)), "text": .optional(text),
    ]
  }

  private static func headers(_ part: MIMEPart) -> JSONValue {
    let headers = MailHeaders(part.header)
    return [
      "subject": .optional(headers.subject),
      "from": addresses(headers.from),
      "sender": headers.sender.map { address($0) } ?? .null,
      "replyTo": addresses(headers.replyTo),
      "to": addresses(headers.to),
      "cc": addresses(headers.cc),
      "bcc": addresses(headers.bcc),
      "date": .optional(headers.date?.iso8601),
      "messageId": .optional(headers.messageID),
      "inReplyTo": .strings(headers.inReplyTo),
      "references": .strings(headers.references),
    ]
  }

  private static func addresses(_ list: [MailAddress]) -> JSONValue { .array(list.map { address($0) }) }

  private static func address(_ address: MailAddress) -> JSONValue {
    ["name": .optional(address.displayName), "address": .string(address.writtenAddress)]
  }

  private func file(_ file: MailContents.Attachment) -> JSONValue {
    let size = file.uuencodedContent?.count ?? mail.part(at: file.path).map { mail.contentCount(of: $0) } ?? 0
    return [
      "path": .string(file.path.map { String($0) }.joined(separator: ".")),
      "fileName": .string(file.fileName),
      "originalName": .optional(file.originalName),
      "contentType": .string(file.mediaType),
      "size": .number(size),
      "contentId": .optional(file.contentID),
      "isInline": .bool(file.isInline),
      "isUuencoded": .bool(file.uuencodedContent != nil),
    ]
  }

  private static func report(_ report: DeliveryReport) -> JSONValue {
    [
      "reportingMta": .optional(report.reportingMTA),
      "originalEnvelopeId": .optional(report.originalEnvelopeID),
      "originalMessageId": .optional(report.originalMessageID),
      "recipients": .array(
        report.recipients.map {
          [
            "finalRecipient": .optional($0.finalRecipient),
            "originalRecipient": .optional($0.originalRecipient),
            "action": .optional($0.action),
            "status": .optional($0.status),
            "diagnosticCode": .optional($0.diagnosticCode),
            "remoteMta": .optional($0.remoteMTA),
          ]
        }),
    ]
  }

  private static func defect(_ defect: MIMEDefect) -> JSONValue {
    [
      "kind": .string(defect.kind.rawValue), "offset": .number(defect.offset),
      "path": .string(defect.path.map { String($0) }.joined(separator: ".")),
    ]
  }
}

/// Base64 on one line, for JSON.
private enum Base64Text {
  static func encode(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group = UInt32(bytes[index]) << 16
      if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[index + 2]) }
      for letter in 0..<4 {
        output.append(letter <= count ? alphabet[Int(group >> UInt32(18 - 6 * letter) & 63)] : 0x3D)
      }
      index += 3
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
