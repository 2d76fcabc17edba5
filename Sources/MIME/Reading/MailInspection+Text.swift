import TenantBase

extension MailInspection {
  /// Headers, tree of parts, text, attachments and defects, for a person at a terminal.
  ///
  /// Every line is made safe to print; lines of the body keep their length up to 10,000 characters.
  package var text: String {
    var lines: [String] = []
    lines += headerLines
    lines += section("Parts", mail.root.all.map { Self.treeLine($0, mail) })
    if let report = deliveryReport { lines += section("Delivery report", Self.reportLines(report)) }
    if let body = contents.text {
      lines += section(contents.isTextDerived ? "Text (from the HTML)" : "Text", Self.bodyLines(body))
    }
    let files = contents.attachments + contents.inlineParts
    lines += section("Attachments", files.map { fileLine($0) })
    lines += section("Defects", defectLines)
    return lines.joined(separator: "\n") + "\n"
  }

  private var headerLines: [String] {
    let headers = mail.headers
    func row(_ name: String, _ value: String?) -> String? {
      guard let value, !value.isEmpty else { return nil }
      return Self.padded(name + ":", 12) + PrintableText.escaping(value, limit: 2_000)
    }
    func list(_ addresses: [MailAddress]) -> String {
      addresses.map(\.displayText).joined(separator: ", ")
    }
    return [
      row("From", list(headers.from)), row("Sender", headers.sender?.displayText),
      row("Reply-To", list(headers.replyTo)), row("To", list(headers.to)), row("Cc", list(headers.cc)),
      row("Bcc", list(headers.bcc)), row("Subject", headers.subject), row("Date", headers.date?.iso8601),
      row("Message-ID", headers.messageID.map { "<\($0)>" }), row("Automatic", automatic?.rawValue),
      row("Kept raw", mail.exceededLimit.map { "over the limit '\($0.rawValue)'" }),
    ].compactMap { $0 }
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines.map { "  " + $0 }
  }

  private static func treeLine(_ part: MIMEPart, _ mail: ReceivedMail) -> String {
    let indent = String(repeating: "  ", count: part.path.count - 1)
    var notes: [String] = []
    if let charset = part.contentType.charset, part.contentType.isText { notes.append(charset) }
    if part.transferEncoding != .identity { notes.append(part.transferEncoding.rawValue) }
    if part.kind == .leaf { notes.append(ByteCount.text(mail.contentCount(of: part))) }
    if let name = part.disposition?.parameters["filename"] ?? part.contentType.parameters["name"] {
      notes.append("'\(name)'")
    }
    let place = padded(indent + part.pathText, 14)
    let type = PrintableText.escaping(part.contentType.mediaType)
    guard !notes.isEmpty else { return "\(place) \(type)" }
    return "\(place) \(padded(type, 26)) \(PrintableText.escaping(notes.joined(separator: ", ")))"
  }

  private static func reportLines(_ report: DeliveryReport) -> [String] {
    var lines: [String] = []
    if let server = report.reportingMTA { lines.append("by \(PrintableText.escaping(server))") }
    if let identifier = report.originalMessageID { lines.append("about <\(PrintableText.escaping(identifier))>") }
    for recipient in report.recipients {
      let words = [
        recipient.action, recipient.finalRecipient ?? recipient.originalRecipient, recipient.status,
        recipient.diagnosticCode,
      ]
      lines.append(PrintableText.escaping(words.compactMap { $0 }.joined(separator: "  ")))
    }
    return lines
  }

  private static func bodyLines(_ body: String) -> [String] {
    var lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { PrintableText.escaping($0, limit: 10_000) }
  }

  private func fileLine(_ file: MailContents.Attachment) -> String {
    let path = file.path.map { String($0) }.joined(separator: ".")
    let size = file.uuencodedContent?.count ?? mail.part(at: file.path).map { mail.contentCount(of: $0) } ?? 0
    let notes = [PrintableText.escaping(file.mediaType), ByteCount.text(size)] + (file.isInline ? ["inline"] : [])
    return Self.padded(path, 8) + " " + PrintableText.escaping(file.fileName) + "  " + notes.joined(separator: ", ")
  }

  private var defectLines: [String] {
    var lines = mail.defects.prefix(100).map { defect in
      let path = defect.path.map { String($0) }.joined(separator: ".")
      return "part \(path), offset \(defect.offset): \(defect.kind.summary)"
    }
    if mail.defectCount > lines.count { lines.append("and \(mail.defectCount - lines.count) more") }
    return lines
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }
}

/// Sizes with binary units: `812 B`, `1.2 KiB`, `34.0 MiB`.
private enum ByteCount {
  static func text(_ count: Int) -> String {
    guard count >= 1024 else { return "\(count) B" }
    var tenths = count * 10 / 1024
    for unit in ["KiB", "MiB"] {
      if tenths < 10_240 { return "\(tenths / 10).\(tenths % 10) \(unit)" }
      tenths /= 1024
    }
    return "\(tenths / 10).\(tenths % 10) GiB"
  }
}

extension MailAddress {
  /// `Anna <anna@example.org>`, for showing only.
  fileprivate var displayText: String {
    let address = writtenAddress
    guard let displayName else { return address }
    return address.isEmpty ? displayName : "\(displayName) <\(address)>"
  }

  /// The address as it is written anew; what damaged mail has in its place, when that is no address.
  var writtenAddress: String { domain.isEmpty ? localPart : specification }
}

extension ReceivedMail {
  /// Bytes of the content with the transfer encoding undone.
  func contentCount(of part: MIMEPart) -> Int {
    if case .stored(_, let count) = part.content { return count }
    return content(of: part)?.count ?? 0
  }
}
