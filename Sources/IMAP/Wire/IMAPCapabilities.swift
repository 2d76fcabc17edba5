import TenantBase

/// What a server offers: the names of CAPABILITY (RFC 3501 section 7.2.1), in capitals. An open set.
package struct IMAPCapabilities: Sendable, Equatable {
  /// `IMAP4REV1`, `AUTH=PLAIN`, `APPENDLIMIT=35651584`.
  package private(set) var names: Set<String>
  /// What follows `AUTH=`, in capitals and in the server's order, each once.
  package private(set) var authenticationMechanisms: [String]

  package init(_ names: some Sequence<String> = []) {
    self.names = []
    authenticationMechanisms = []
    for name in names {
      let name = name.uppercased()
      guard self.names.insert(name).inserted, name.hasPrefix("AUTH=") else { continue }
      authenticationMechanisms.append(String(name.dropFirst(5)))
    }
  }

  /// - Parameter name: in capitals.
  package func contains(_ name: String) -> Bool { names.contains(name) }

  package var offersIMAP4: Bool { contains("IMAP4REV1") || contains("IMAP4REV2") || contains("IMAP4") }
  package var offersStartTLS: Bool { contains("STARTTLS") }
  package var disablesLogin: Bool { contains("LOGINDISABLED") }
  package var offersInitialResponse: Bool { contains("SASL-IR") }
  // RFC 9051 made these part of the protocol itself.
  package var offersIdle: Bool { contains("IDLE") || contains("IMAP4REV2") }
  package var offersMove: Bool { contains("MOVE") || contains("IMAP4REV2") }
  package var offersUIDPlus: Bool { contains("UIDPLUS") || contains("IMAP4REV2") }
  package var offersUnselect: Bool { contains("UNSELECT") || contains("IMAP4REV2") }
  package var offersEnable: Bool { contains("ENABLE") || contains("IMAP4REV2") }
  package var offersNamespace: Bool { contains("NAMESPACE") || contains("IMAP4REV2") }
  package var offersSpecialUse: Bool { contains("SPECIAL-USE") || contains("IMAP4REV2") }
  package var offersID: Bool { contains("ID") }
  package var offersUTF8: Bool { contains("UTF8=ACCEPT") || contains("UTF8=ONLY") }
  package var offersObjectID: Bool { contains("OBJECTID") }

  /// Which literals need no `+` of the server first.
  package var literals: IMAPDialect.Literals {
    if contains("LITERAL+") { return .nonSynchronizing }
    return contains("LITERAL-") || contains("IMAP4REV2") ? .smallNonSynchronizing : .synchronizing
  }
}
