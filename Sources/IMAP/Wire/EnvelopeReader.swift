import MIME
import TenantBase

/// Makes an envelope of a value. Never fails: what is not there, or not as it should be, is left out.
enum EnvelopeReader {
  /// - Returns: nil for NIL, as Gmail sends for mails that it cannot read.
  static func envelope(_ value: IMAPValue) -> IMAPEnvelope? {
    guard var fields = value.elements else { return nil }
    // Domino wraps the envelope in another list.
    if fields.count == 1, let inner = fields[0].elements { fields = inner }
    var envelope = IMAPEnvelope()
    envelope.date = fields.value(0).bytes
    envelope.rawSubject = fields.value(1).bytes
    envelope.from = addresses(fields.value(2))
    envelope.sender = addresses(fields.value(3))
    envelope.replyTo = addresses(fields.value(4))
    envelope.to = addresses(fields.value(5))
    envelope.cc = addresses(fields.value(6))
    envelope.bcc = addresses(fields.value(7))
    // QQ and others leave one of the last two out: nobody can tell which one of nine fields the ninth is.
    guard fields.count != 9 else { return envelope }
    envelope.inReplyTo = fields.value(8).bytes
    envelope.messageID = fields.value(9).bytes
    return envelope
  }

  /// Addresses of four fields each: name, route, local part, domain. A domain of NIL begins a group, and a local part of
  /// NIL ends it (RFC 3501 section 7.4.2).
  private static func addresses(_ value: IMAPValue) -> AddressList {
    var items: [AddressList.Item] = []
    var group: (name: [UInt8], members: [MailAddress])?
    for element in value.elements ?? [] {
      guard let fields = element.elements else { continue }
      let localPart = fields.value(2).bytes
      let domain = fields.value(3).bytes
      if let localPart, domain != nil || group != nil {
        let address = address(name: fields.value(0).bytes, localPart, domain)
        if group != nil { group?.members.append(address) } else { items.append(.mailbox(address)) }
      } else if let localPart {
        group = (localPart, [])
      } else if let (name, members) = group {
        items.append(.group(name: HeaderText.decode(name), members: members))
        group = nil
      }
    }
    // A group without an end was no group: some servers send NIL for the domain of a bare user name.
    if let (name, members) = group {
      items.append(.mailbox(address(name: nil, name, nil)))
      items += members.map(AddressList.Item.mailbox)
    }
    return AddressList(items)
  }

  private static func address(name: [UInt8]?, _ localPart: [UInt8], _ domain: [UInt8]?) -> MailAddress {
    MailAddress(
      displayName: name.map(HeaderText.decode), localPart: localPart.utf8Text, domain: domain?.utf8Text ?? "")
  }
}
