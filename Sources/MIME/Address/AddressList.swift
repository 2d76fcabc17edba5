/// Addresses as a header has them: mailboxes and groups in their order.
package struct AddressList: Sendable, Equatable {
  package enum Item: Sendable, Equatable {
    case mailbox(MailAddress)
    case group(name: String, members: [MailAddress])
  }

  package var items: [Item]

  package init(_ items: [Item] = []) { self.items = items }

  package init(_ mailboxes: [MailAddress]) { items = mailboxes.map(Item.mailbox) }

  /// Everyone, members of groups included, in order.
  package var mailboxes: [MailAddress] {
    items.flatMap { item in
      switch item {
      case .mailbox(let address): [address]
      case .group(_, let members): members
      }
    }
  }

  package var isEmpty: Bool { items.isEmpty }
}

/// Bounds for addresses that we write. RFC 5321 section 4.5.3.1 gives them in octets.
package struct AddressLimits: Sendable, Equatable {
  package var localPart = 64
  package var domain = 255
  /// A path is 256 with its angle brackets.
  package var address = 254
  package var listItems = 10_000

  package init() {}
}

extension AddressList {
  /// Reads a list separated by commas or semicolons.
  /// - Parameter field: the field's name for the error's text.
  /// - Throws: `MIMEError.malformedAddress`, `.controlCharacter` or `.tooLong` with the offset in `text`.
  package static func parsing(_ text: String, field: String, limits: AddressLimits = AddressLimits())
    throws(MIMEError) -> AddressList
  {
    do {
      var parser = try AddressParser(text, limits: limits)
      return try parser.parseList()
    } catch { throw error.inField(field) }
  }
}

extension MailAddress {
  /// Reads one mailbox: `a@b.example`, `<a@b.example>` or `Name <a@b.example>`.
  package static func parsing(_ text: String, field: String, limits: AddressLimits = AddressLimits())
    throws(MIMEError) -> MailAddress
  {
    do {
      var parser = try AddressParser(text, limits: limits)
      return try parser.parseMailbox()
    } catch { throw error.inField(field) }
  }

  /// Reads an address without display name and brackets (RFC 5321 `Mailbox`, comments around it passed over).
  package static func parsing(specification text: String, field: String, limits: AddressLimits = AddressLimits())
    throws(MIMEError) -> MailAddress
  {
    do {
      var parser = try AddressParser(text, limits: limits)
      return try parser.parseAddressSpecification()
    } catch { throw error.inField(field) }
  }
}
