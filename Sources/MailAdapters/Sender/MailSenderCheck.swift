import FlowModel
import SASL
import TenantBase

/// What a check of a flow says of a mail sender channel (IMAP, POP3), as far as its properties alone tell.
package struct MailSenderCheck: ChannelCheck {
  package init() {}

  package func covers(_ type: AdapterType) -> Bool { type.name == "Mail" && type.direction == .sender }

  package func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    MailSenderSettings.read(channel).findings
      + MailHeaderAdmission.findings(flow.allowedHeaders, at: flow.properties.place(of: "allowedHeaderList"), channel)
  }
}

extension ChannelReader {
  /// What works, and is probably not what was meant.
  mutating func warnOfMailbox(_ connection: MailboxConnectionReading, _ mailProtocol: MailSenderProtocol) {
    if let settings = connection.settings, settings.hasPort {
      warnOfPort(settings.server.port, connection.protection, mailProtocol)
    }
    warnOfProtection(connection.protection, mailProtocol)
    warnOfTLS(connection.tls, isOff: connection.protection == .off)
    for key in [PropertyKey.server, .credentialName] { warnOfPlaceholder(in: key) }
    warnOfSelection(mailProtocol)
    if mailProtocol == .imap, flag(.createFolder), text(.archiveFolder) == nil {
      report(.warning, .noEffect, .createFolder, "has no effect: there is no Archive Folder")
    }
    if flag(.idle), flag(.disconnects, default: true) {
      report(
        .warning, .noEffect, .idle, "has no effect: Automatically Disconnect ends the connection after each poll",
        remedy: "set disconnect=0 for the channel in NAME.tenant.prop")
    }
  }

  private mutating func warnOfProtection(
    _ protection: MailboxConnectionSettings.Protection, _ mailProtocol: MailSenderProtocol
  ) {
    switch protection {
    case .off:
      guard !findings.contains(where: { $0.code == MailFindingCode.readablePassword.rawValue }) else { return }
      report(.warning, .weak, .protection, "off lets anybody on the way read the mails and the login")
    case .startTLSOptional:
      report(
        .warning, .weak, .protection, "starttls_optional lets anybody on the way switch TLS off",
        remedy: "set Protection to starttls_mandatory")
    case .startTLSMandatory, .implicitTLS: break
    }
  }

  private mutating func warnOfPort(
    _ port: UInt16, _ protection: MailboxConnectionSettings.Protection, _ mailProtocol: MailSenderProtocol
  ) {
    let other: MailSenderProtocol = mailProtocol == .imap ? .pop3 : .imap
    let isImplicit = protection == .implicitTLS
    let mismatch: (reason: String, remedy: String)? =
      switch port {
      case mailProtocol.implicitTLSPort where !isImplicit:
        (
          "has port \(port), where servers expect TLS from the first byte",
          "set Protection to \(mailProtocol.implicitTLSName), or use port \(mailProtocol.plainPort)"
        )
      case mailProtocol.plainPort where isImplicit:
        ("has port \(port), where servers begin without TLS", "use port \(mailProtocol.implicitTLSPort)")
      case 25, 465, 587: ("has port \(port), which is for sending mail", "use port \(mailProtocol.implicitTLSPort)")
      case _ where port == other.plainPort || port == other.implicitTLSPort:
        ("has port \(port), which is for \(other.rawValue)", "use port \(mailProtocol.implicitTLSPort)")
      default: nil
      }
    if let mismatch { report(.warning, .mismatch, .server, mismatch.reason, remedy: mismatch.remedy) }
  }

  private mutating func warnOfSelection(_ mailProtocol: MailSenderProtocol) {
    let selection = text(.selection)?.lowercased()
    switch mailProtocol {
    case .imap:
      let marks = channel.properties.text(PropertyKey.postProcessing.name).lowercased()
      guard selection == "all", marks.isEmpty || (marks.contains("mark") && !marks.contains("archive")) else { return }
      report(
        .warning, .repetition, .selection,
        "all with Mark as Read processes every mail again at each poll of SAP's; here each is processed once",
        remedy: "set Selection to unread, or Post-Processing to Delete or Archive")
    case .pop3:
      if text(.folder).map({ $0.uppercased() != "INBOX" }) ?? false {
        report(.warning, .noEffect, .folder, "has no effect: POP3 knows one folder only")
      }
      if selection == MailSenderSettings.Selection.unread.rawValue {
        report(.warning, .noEffect, .selection, "has no effect: POP3 does not know which mails were read")
      }
      for key in PropertyKey.searchKeys + [.createFolder, .idle] where text(key) != nil {
        report(.warning, .noEffect, key, "has no effect: POP3 has nothing of that kind")
      }
    }
  }
}
