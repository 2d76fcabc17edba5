import Expressions
import FlowModel
import MIME
import TenantBase

/// The header fields of the mails that a channel sends.
package struct MailFieldSettings: Sendable {
  package let from: ExpressionTemplate
  package let to: ExpressionTemplate
  package let cc: ExpressionTemplate
  package let bcc: ExpressionTemplate
  package let subject: ExpressionTemplate
  /// Nil for none, as `sender`.
  package let replyTo: ExpressionTemplate?
  package let sender: ExpressionTemplate?
  /// In the order of the file, those for priority and sensitivity first. A header whose value is empty for a message is left out.
  package let furtherHeaders: [Header]

  package struct Header: Sendable {
    package let name: String
    package let value: ExpressionTemplate
  }

  /// Key `tenant.priority`; `X-Priority` as mail programs read it, and `Importance` of RFC 2156.
  private enum Priority: String, CaseIterable {
    case low, normal, high

    var headers: [(String, String)] {
      switch self {
      case .low: [("X-Priority", "5"), ("Importance", "low")]
      case .normal: [("X-Priority", "3"), ("Importance", "normal")]
      case .high: [("X-Priority", "1"), ("Importance", "high")]
      }
    }
  }

  /// Key `tenant.sensitivity`, RFC 2156.
  private enum Sensitivity: String, CaseIterable {
    case personal, `private`
    case companyConfidential = "company-confidential"

    var headerValue: String {
      switch self {
      case .personal: "Personal"
      case .private: "Private"
      case .companyConfidential: "Company-Confidential"
      }
    }
  }

  init(_ reader: inout ChannelReader) {
    from = reader.addressTemplate(.from) ?? ExpressionTemplate(constant: "")
    to = reader.addressTemplate(.to) ?? ExpressionTemplate(constant: "")
    cc = reader.addressTemplate(.cc) ?? ExpressionTemplate(constant: "")
    bcc = reader.addressTemplate(.bcc) ?? ExpressionTemplate(constant: "")
    subject = reader.template(.subject)
    replyTo = reader.addressTemplate(.replyTo)
    sender = reader.addressTemplate(.sender)
    var headers = (reader.choice(.priority, of: Priority.self)?.headers ?? []).map {
      Header(name: $0, value: ExpressionTemplate(constant: $1))
    }
    if let sensitivity = reader.choice(.sensitivity, of: Sensitivity.self) {
      headers.append(Header(name: "Sensitivity", value: ExpressionTemplate(constant: sensitivity.headerValue)))
    }
    furtherHeaders = headers + Self.namedHeaders(&reader, after: headers)
    refuseEmptyAddresses(&reader)
  }

  private static func namedHeaders(_ reader: inout ChannelReader, after others: [Header]) -> [Header] {
    var headers: [Header] = []
    for (name, key) in reader.properties(after: PropertyKey.headerPrefix) {
      let known = (others + headers).contains { ASCII.equalIgnoringCase($0.name.utf8, name.utf8) }
      if known {
        reader.report(.error, .wrong, key, "is wrong: the header is set by another key, too")
        continue
      }
      guard reader.reading(key, { try HeaderProbe.check(name) }) != nil, let value = reader.lineTemplate(key) else {
        continue
      }
      headers.append(Header(name: name, value: value))
    }
    return headers
  }

  /// Whether there is a sender and anyone to send to, as far as can be told before there is a message.
  private func refuseEmptyAddresses(_ reader: inout ChannelReader) {
    let properties = reader.channel.properties
    func isEmpty(_ key: PropertyKey) -> Bool { BlankText.trimmed(properties.text(key.name)).isEmpty }
    if isEmpty(.from) { reader.report(.error, .missing, .from, "is empty") }
    if isEmpty(.to), isEmpty(.cc), isEmpty(.bcc) {
      reader.report(.error, .missing, .to, "is empty, and so are Cc and Bcc: nobody would get the mail")
    }
  }
}

extension ChannelReader {
  /// A list of addresses that may hold `${...}`; nil when there is none. A list without expressions is checked at once.
  mutating func addressTemplate(_ key: PropertyKey) -> ExpressionTemplate? {
    guard let template = lineTemplate(key) else { return nil }
    if let constant = template.constant {
      do throws(MIMEError) { _ = try AddressList.parsing(constant, field: key.label) } catch {
        let isPlaceholder = PlaceholderText.isPlaceholder(constant)
        report(
          .error, isPlaceholder ? .placeholder : .wrong, key,
          "is no list of mail addresses: \(error.explanation.cause ?? error.explanation.summary)",
          remedy: isPlaceholder ? "replace the placeholder '\(PrintableText.escaping(constant))'" : nil)
      }
    }
    return template
  }
}

/// Asks the mail builder whether it takes a header of this name, long before there is a mail.
private enum HeaderProbe {
  static func check(_ name: String) throws(MIMEError) {
    let nobody = MailAddress(localPart: "probe", domain: "probe.invalid")
    var draft = MailDraft(from: AddressList([nobody]), to: AddressList(), subject: nil, content: MailContent(body: nil))
    draft.furtherHeaders = [MailDraft.HeaderField(name: name, value: "probe")]
    let date = HeaderDate(unixSeconds: 0, offsetMinutes: 0)
    _ = try draft.build(identity: MailIdentity(messageID: "<probe@probe.invalid>", date: date, boundaryToken: "probe"))
  }
}
