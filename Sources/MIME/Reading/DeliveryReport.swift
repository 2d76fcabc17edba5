import TenantBase

/// What a server says happened to a mail: RFC 3464.
package struct DeliveryReport: Sendable, Equatable {
  package struct Recipient: Sendable, Equatable {
    /// The address without its type: `anna@example.org`.
    package var finalRecipient: String?
    package var originalRecipient: String?
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in lower case.
    package var action: String?
    /// `5.1.1` (RFC 3463).
    package var status: String?
    /// The other server's own words.
    package var diagnosticCode: String?
    package var remoteMTA: String?
  }

  package var reportingMTA: String?
  package var originalEnvelopeID: String?
  package var recipients: [Recipient]
  /// The Message-ID of the mail that the report is about, without brackets.
  package var originalMessageID: String?

  /// The recipients that the mail did not and will not reach.
  package var failedRecipients: [Recipient] { recipients.filter { $0.action == "failed" } }

  /// The report that a mail is; nil when it is none.
  ///
  /// Lenient: a message/delivery-status part makes the report, whatever it stands in.
  package init?(_ message: ReceivedMail) {
    let parts = message.root.all
    guard let status = parts.first(where: Self.isStatus), let content = message.content(of: status) else { return nil }
    let groups = Self.groups(content)
    reportingMTA = groups.first.flatMap { Self.typedValue("Reporting-MTA", $0) }
    originalEnvelopeID = groups.first.flatMap { MailHeaders($0).text("Original-Envelope-Id") }
    recipients = groups.filter { $0.first(named: "Action") != nil || $0.first(named: "Final-Recipient") != nil }
      .map(Self.recipient)
    originalMessageID = Self.originalMessageID(message, parts)
  }

  private static func isStatus(_ part: MIMEPart) -> Bool {
    part.kind == .leaf && part.contentType.type == "message"
      && ["delivery-status", "global-delivery-status"].contains(part.contentType.subtype)
  }

  /// Blocks of fields, with empty lines between.
  private static func groups(_ content: [UInt8]) -> [HeaderBlock] {
    var groups: [HeaderBlock] = []
    var block: [UInt8] = []
    func close() {
      let parsed = HeaderBlockParser(block, terminator: ASCII.lf)
      if !parsed.ranges.isEmpty { groups.append(HeaderBlock(bytes: block, offset: 0, ranges: parsed.ranges)) }
      block = []
    }
    for line in content.split(separator: ASCII.lf, omittingEmptySubsequences: false) {
      if line.allSatisfy({ $0 <= ASCII.space }) {
        close()
      } else {
        block += line
        block.append(ASCII.lf)
      }
    }
    close()
    return groups
  }

  private static func recipient(_ group: HeaderBlock) -> Recipient {
    Recipient(
      finalRecipient: typedValue("Final-Recipient", group), originalRecipient: typedValue("Original-Recipient", group),
      action: keyword("Action", group)?.lowercased(), status: keyword("Status", group),
      diagnosticCode: typedValue("Diagnostic-Code", group), remoteMTA: typedValue("Remote-MTA", group))
  }

  /// The value without the comment or text behind it.
  private static func keyword(_ name: String, _ group: HeaderBlock) -> String? {
    MailHeaders(group).text(name).map { String($0.prefix { $0 != " " && $0 != "(" }) }
  }

  /// What stands behind the type of `rfc822; anna@example.org`.
  private static func typedValue(_ name: String, _ group: HeaderBlock) -> String? {
    guard let text = MailHeaders(group).text(name) else { return nil }
    let value = text.firstIndex(of: ";").map { text[text.index(after: $0)...] } ?? text[...]
    return String(value.drop { $0 == " " })
  }

  /// From the returned mail or its headers.
  private static func originalMessageID(_ message: ReceivedMail, _ parts: [MIMEPart]) -> String? {
    for part in parts {
      if part.kind == .message, let child = part.children.first { return MailHeaders(child.header).messageID }
      if part.kind == .leaf, ["rfc822-headers", "global-headers"].contains(part.contentType.subtype),
        let content = message.content(of: part)
      {
        return MailMessageParser.parse(content).headers.messageID
      }
    }
    return nil
  }
}
