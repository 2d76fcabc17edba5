import TenantBase

extension MailAddress {
  /// `local@domain`, written anew from the parts: quoted where the local part is no dot-atom.
  ///
  /// This, never the text an address came from, goes into commands and headers.
  package var specification: String {
    let local = Self.isDotAtom(localPart) ? localPart : Self.quoted(localPart)
    return domain.isEmpty ? local : "\(local)@\(domain)"
  }

  /// Whether the address has characters beyond ASCII, so that only a server with SMTPUTF8 can take it (RFC 6531).
  package var needsSMTPUTF8: Bool { !localPart.utf8.allSatisfy { $0 < 0x80 } || !domain.utf8.allSatisfy { $0 < 0x80 } }

  /// Refuses an address, however it was made, that would not be one in a command: the parts are written, then read
  /// by the strict parser, and must come out the same.
  package func checked(field: String, limits: AddressLimits = AddressLimits()) throws(MIMEError) {
    let reread = try MailAddress.parsing(specification: specification, field: field, limits: limits)
    if reread.localPart != localPart || reread.domain != domain {
      throw MIMEError(.malformedAddress, field: field, detail: "the address does not survive being written")
    }
  }

  private static func isDotAtom(_ text: String) -> Bool {
    let words = text.utf8.split(separator: ASCII.dot, omittingEmptySubsequences: false)
    return words.allSatisfy { !$0.isEmpty && $0.allSatisfy(AddressScanner.isAtomByte) }
  }

  /// A quoted string; `"` and `\` get a backslash.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
