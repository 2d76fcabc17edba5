import FlowModel
import SASL
import TenantBase

/// What a check of a flow says of a mail sender channel (IMAP, POP3), as far as its properties alone tell.
package struct MailSenderCheck: ChannelCheck {
  package init() {}

  package func covers(_ type: AdapterType) -> Bool { type.name == "Mail" && type.direction == .sender }

  package func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    var reader = ChannelReader(channel)
    guard let mailProtocol = MailSenderProtocol(channel.type.transport) else {
      reader.report(
        .error, .wrong, .transportProtocol,
        "is wrong: '\(PrintableText.escaping(channel.type.transport))' is not one of IMAP, POP3")
      return reader.findings
    }
    var check = MailSenderReading(reader: reader, mailProtocol: mailProtocol)
    check.readConnection()
    check.readSelection()
    check.readPostProcessing()
    check.reader.refuseUnknownKeys(known: PropertyKey.ownSenderKeys, prefixes: [])
    return check.reader.findings
  }
}

/// How a sender fetches mails.
enum MailSenderProtocol: String, Sendable {
  case imap = "IMAP"
  case pop3 = "POP3"

  /// - Parameter name: as channels write it; `IMAP4` is IMAP.
  init?(_ name: String) {
    switch name.uppercased() {
    case "IMAP", "IMAP4": self = .imap
    case "POP3": self = .pop3
    default: return nil
    }
  }

  var implicitTLSPort: UInt16 { self == .imap ? 993 : 995 }
  var plainPort: UInt16 { self == .imap ? 143 : 110 }
}

extension PropertyKey {
  static let transportProtocol = PropertyKey("TransportProtocol", "Transport Protocol")
  static let folder = PropertyKey("folder", "Folder")
  static let selection = PropertyKey("selectionReadFlag", "Selection")
  static let maxMessages = PropertyKey("maxMessagesPerPoll", "Max. Messages per Poll")
  static let lockTimeout = PropertyKey("lockDuration", "Lock Timeout")
  static let postProcessing = PropertyKey("postProcessing", "Post-Processing")
  static let archiveFolder = PropertyKey("archiveMailFolder", "Archive Folder")

  static let ownSenderKeys: [PropertyKey] = [
    .allowPlaintextPassword, .authorizationID, .tlsTrust, .tlsMinimumVersion, .tlsMaximumVersion, .tlsPins,
  ]
}

private struct MailSenderReading {
  var reader: ChannelReader
  let mailProtocol: MailSenderProtocol

  private enum Protection: String, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case imaps, pop3s

    var isImplicit: Bool { self == .imaps || self == .pop3s }
  }

  private enum Selection: String, CaseIterable {
    case all, unread
  }

  private enum Authentication: String, CaseIterable {
    case loginPlain, loginEncrypted, oauth
  }

  // MARK: connection

  mutating func readConnection() {
    _ = reader.number(.timeout, default: 30_000, range: 1...Int(Int32.max))
    let protection = reader.choice(.protection, default: mailProtocol == .imap ? Protection.imaps : .pop3s)
    if protection == (mailProtocol == .imap ? .pop3s : .imaps) {
      reader.report(.error, .wrong, .protection, "is wrong: \(protection.rawValue) is not for \(mailProtocol.rawValue)")
    }
    if let proxy = reader.fixedText(.proxyType), proxy.lowercased() == "sapcc" {
      reader.report(
        .error, .unsupported, .proxyType,
        "On-Premise (sapcc) needs SAP's Cloud Connector, which cannot be reached from here",
        remedy: "run tenant inside the network and set Proxy Type to none")
    }
    if let (address, hasPort) = reader.serverAddress(
      defaultPort: protection.isImplicit ? mailProtocol.implicitTLSPort : mailProtocol.plainPort)
    {
      if hasPort { checkPort(address.port, protection) }
    }
    checkLogin(protection)
    reader.warnOfTLS(MailTLSSettings(&reader), isOff: protection == .off)
    for key in [PropertyKey.server, .credentialName] { reader.warnOfPlaceholder(in: key) }
  }

  private mutating func checkPort(_ port: UInt16, _ protection: Protection) {
    let other: MailSenderProtocol = mailProtocol == .imap ? .pop3 : .imap
    let mismatch: (reason: String, remedy: String)? =
      switch port {
      case mailProtocol.implicitTLSPort where !protection.isImplicit:
        (
          "has port \(port), where servers expect TLS from the first byte",
          "set Protection to \(mailProtocol == .imap ? "imaps" : "pop3s"), or use port \(mailProtocol.plainPort)"
        )
      case mailProtocol.plainPort where protection.isImplicit:
        ("has port \(port), where servers begin without TLS", "use port \(mailProtocol.implicitTLSPort)")
      case 25, 465, 587: ("has port \(port), which is for sending mail", "use port \(mailProtocol.implicitTLSPort)")
      case _ where port == other.plainPort || port == other.implicitTLSPort:
        ("has port \(port), which is for \(other.rawValue)", "use port \(mailProtocol.implicitTLSPort)")
      default: nil
      }
    if let mismatch { reader.report(.warning, .mismatch, .server, mismatch.reason, remedy: mismatch.remedy) }
  }

  private mutating func checkLogin(_ protection: Protection) {
    let authentication = reader.choice(.authentication, default: Authentication.loginPlain)
    let allowsPlaintextPassword = reader.flag(.allowPlaintextPassword)
    if authentication == .oauth {
      let reason =
        mailProtocol == .pop3 ? "OAuth2 Authorization Code is not for POP3" : "OAuth2 Authorization Code cannot run yet"
      reader.report(.error, .unsupported, .authentication, reason)
      return
    }
    if reader.fixedText(.credentialName) == nil, reader.channel.properties.text(PropertyKey.credentialName.name).isEmpty
    {
      reader.report(
        .error, .missing, .credentialName, "is empty: a mailbox is opened by a login only",
        remedy: "name a User Credentials artifact: tenant new-artifact UserCredentials NAME --user USER")
    }
    switch (protection, authentication) {
    case (.off, .loginPlain) where !allowsPlaintextPassword:
      reader.report(
        .error, .readablePassword, .authentication,
        "Plain User Name/Password with Protection off would send the password readable",
        remedy: "set Protection to starttls_mandatory or \(mailProtocol == .imap ? "imaps" : "pop3s")")
    case (.off, _):
      reader.report(.warning, .weak, .protection, "off lets anybody on the way read the mails and the login")
    case (.startTLSOptional, _):
      reader.report(
        .warning, .weak, .protection, "starttls_optional lets anybody on the way switch TLS off",
        remedy: "set Protection to starttls_mandatory")
    default: break
    }
  }

  // MARK: what is fetched, and what becomes of it

  mutating func readSelection() {
    let selection = reader.choice(.selection, default: mailProtocol == .imap ? Selection.unread : .all)
    _ = reader.number(.maxMessages, default: 20, range: 1...100_000)
    _ = reader.number(.lockTimeout, default: 60, range: 1...100_000)
    let marksAsRead = ["mark", "markAsRead"].contains(reader.text(.postProcessing) ?? "mark")
    if mailProtocol == .imap, selection == .all, marksAsRead {
      reader.report(
        .warning, .repetition, .selection, "all with Mark as Read processes every mail again at each poll",
        remedy: "set Selection to unread, or Post-Processing to Delete or Archive")
    }
    if mailProtocol == .pop3, reader.text(.folder).map({ $0.uppercased() != "INBOX" }) ?? false {
      reader.report(.warning, .noEffect, .folder, "has no effect: POP3 knows one folder only")
    }
    if mailProtocol == .pop3, selection == .unread, reader.text(.selection) != nil {
      reader.report(.warning, .noEffect, .selection, "has no effect: POP3 does not know which mails were read")
    }
  }

  mutating func readPostProcessing() {
    guard let value = reader.fixedText(.postProcessing)?.lowercased() else { return }
    let archives = value.contains("archive")
    if archives, mailProtocol == .pop3 {
      reader.report(.error, .wrong, .postProcessing, "is wrong: POP3 cannot archive")
    } else if archives, reader.text(.archiveFolder) == nil {
      reader.report(.error, .missing, .archiveFolder, "is empty, and Post-Processing is Archive")
    }
    if value == "mark", mailProtocol == .pop3 {
      reader.report(
        .warning, .repetition, .postProcessing,
        "Mark as Read is not possible with POP3: mails stay and are only remembered",
        remedy: "set Post-Processing to Delete")
    }
  }
}
