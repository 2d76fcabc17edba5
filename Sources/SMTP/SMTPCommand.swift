import MIME
import TenantBase

/// Writes command lines. Every address goes through the strict parser and is written anew from its parts; nothing else
/// that came from outside enters a command.
enum SMTPCommand {
  static func hello(_ verb: String, _ name: SMTPClientName) -> [UInt8] { line("\(verb) \(name.text)") }
  static let startTLS = line("STARTTLS")
  static let data = line("DATA")
  static let reset = line("RSET")
  static let quit = line("QUIT")
  static let cancelAuthentication = line("*")

  static func mail(_ envelope: SMTPEnvelope, mail: MailFacts, capabilities: SMTPCapabilities)
    throws(MIMEError) -> [UInt8]
  {
    var text = "MAIL FROM:<"
    if let sender = envelope.sender {
      try sender.checked(field: "envelope sender")
      text += sender.specification
    }
    text += ">"
    if capabilities.offersSize, let size = mail.size { text += " SIZE=\(size)" }
    if mail.needs8BitMIME { text += " BODY=8BITMIME" }
    if mail.needsSMTPUTF8 { text += " SMTPUTF8" }
    if capabilities.offersDSN {
      if let content = envelope.returnedContent { text += " RET=\(content.rawValue)" }
      if let id = envelope.envelopeID { text += " ENVID=\(try xtext(id, field: "envelope id"))" }
    }
    return line(text)
  }

  static func recipient(_ recipient: SMTPRecipient, capabilities: SMTPCapabilities) throws(MIMEError) -> [UInt8] {
    try recipient.address.checked(field: "recipient")
    var text = "RCPT TO:<\(recipient.address.specification)>"
    if capabilities.offersDSN {
      if let notifications = recipient.notifications { text += " NOTIFY=\(notifications.parameterValue)" }
      if let original = recipient.originalRecipient {
        try original.checked(field: "original recipient")
        let isUTF8 = original.needsSMTPUTF8
        let value = try xtext(original.specification, field: "original recipient", isUTF8: isUTF8)
        text += " ORCPT=\(isUTF8 ? "utf-8" : "rfc822");\(value)"
      }
    }
    return line(text)
  }

  /// RFC 3030 section 2.
  static func chunk(size: Int, isLast: Bool) -> [UInt8] { line("BDAT \(size)\(isLast ? " LAST" : "")") }

  static func authenticate(_ mechanism: String) -> [UInt8] { line("AUTH \(mechanism)") }

  private static func line(_ text: String) -> [UInt8] { Array(text.utf8) + [ASCII.cr, ASCII.lf] }

  /// RFC 3461 section 4: `+`, `=` and everything outside printable ASCII as `+XX`.
  ///
  /// - Parameter isUTF8: the value may go beyond ASCII; those characters, and the backslash, become `\x{XX}`
  ///   (RFC 6533 section 3).
  static func xtext(_ value: String, field: String, isUTF8: Bool = false) throws(MIMEError) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
      switch scalar.value {
      case 0..<0x20, 0x7F:
        throw MIMEError(.controlCharacter, field: field, detail: "a control character in the value")
      case 0x5C where isUTF8: result += "\\x{\(hexadecimal)}"
      case 0x20, 0x2B, 0x3D: result += "+\(hexadecimal)"
      case 0x21..<0x7F: result.unicodeScalars.append(scalar)
      default:
        if !isUTF8 { throw MIMEError(.malformedAddress, field: field, detail: "a character beyond ASCII") }
        result += "\\x{\(hexadecimal)}"
      }
    }
    return result
  }
}

/// What the commands must know of a mail.
struct MailFacts: Sendable, Equatable {
  var size: Int?
  var needs8BitMIME: Bool
  var needsSMTPUTF8: Bool
}

/// The name in EHLO: a full host name, or an address literal (RFC 5321 section 4.1.4).
package struct SMTPClientName: Sendable, Equatable {
  package let text: String

  /// - Parameter hostName: what the host calls itself; when that is no full name, `[127.0.0.1]` is used.
  package init(hostName: String?) {
    if let hostName, MailDomain.isFullyQualified(hostName) || MailDomain.isAddressLiteral(hostName) {
      text = hostName
    } else {
      text = "[127.0.0.1]"
    }
  }
}
