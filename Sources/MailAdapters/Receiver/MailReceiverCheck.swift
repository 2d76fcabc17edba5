import FlowModel
import SASL
import TenantBase
import Transport

/// What a check of a flow says of a mail receiver channel: everything that is wrong with it, and what is weak.
package struct MailReceiverCheck: ChannelCheck {
  package init() {}

  package func covers(_ type: AdapterType) -> Bool { type == MailReceiverFactory.type }

  package func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    let reading = MailReceiverSettings.read(channel)
    var reporter = ChannelReader(channel)
    if let connection = reading.connection {
      reporter.warnOfProtection(connection)
      reporter.warnOfPort(connection)
      reporter.warnOfTLS(connection.tls, isOff: connection.protection == .off)
    }
    for key in [PropertyKey.server, .credentialName, .from, .to, .cc, .bcc] { reporter.warnOfPlaceholder(in: key) }
    // A placeholder that is no address is told once, as the error that it is.
    let told = reading.findings.filter { $0.code == MailFindingCode.placeholder.rawValue }.map(\.place)
    return reading.findings
      + reporter.findings.filter { $0.code != MailFindingCode.placeholder.rawValue || !told.contains($0.place) }
  }
}

extension ChannelReader {
  fileprivate mutating func warnOfProtection(_ connection: MailConnectionSettings) {
    let style = connection.login?.style
    switch (connection.protection, style) {
    case (.off, .encrypted):
      report(
        .warning, .weak, .protection,
        "off sends the mail readable, and lets who listens search for the password of an MD5 login",
        remedy: "set Protection to starttls_mandatory or smtps")
    case (.off, .plain) where connection.allowsPlaintextPassword:
      report(
        .warning, .readablePassword, .allowPlaintextPassword, "lets the password leave readable, with Protection off",
        remedy: "set Protection to starttls_mandatory or smtps and remove the key")
    case (.off, nil):
      report(
        .warning, .weak, .protection, "off sends the mail readable: anybody on the way can read and change it",
        remedy: "set Protection to starttls_mandatory or smtps")
    case (.startTLSOptional, _):
      let loss =
        style == nil ? "the mail then leaves readable" : "the mail then leaves readable, and only SCRAM logs in"
      report(
        .warning, .weak, .protection, "starttls_optional lets anybody on the way switch TLS off: \(loss)",
        remedy: "set Protection to starttls_mandatory")
    case (.off, .plain), (.startTLSMandatory, _), (.smtps, _): break
    }
    if connection.allowsPlaintextPassword, connection.protection != .off || style != .plain {
      report(
        .warning, .noEffect, .allowPlaintextPassword,
        "has no effect: it counts only with Protection off and Plain User Name/Password")
    }
    if connection.login == nil, channel.properties.property(PropertyKey.authorizationID.name) != nil {
      report(.warning, .noEffect, .authorizationID, "has no effect: nobody logs in")
    }
  }

  /// RFC 8314: 465 is TLS from the first byte, 587 and 25 begin in the clear.
  fileprivate mutating func warnOfPort(_ connection: MailConnectionSettings) {
    let isImplicit = connection.protection == .smtps
    guard connection.hasPort else {
      report(
        .warning, .mismatch, .server, "names no port, so that \(MailConnectionSettings.defaultPort) is used",
        remedy: isImplicit
          ? "write \(connection.server.host):465, the port of SMTPS"
          : "write \(connection.server.host):587, the port for mail programs")
      return
    }
    let mismatch: (reason: String, remedy: String)? =
      switch connection.server.port {
      case 465 where !isImplicit:
        ("has port 465, where servers expect TLS from the first byte", "set Protection to smtps, or use port 587")
      case 587 where isImplicit:
        ("has port 587, where servers begin without TLS", "set Protection to starttls_mandatory, or use port 465")
      case 25 where isImplicit:
        ("has port 25, where servers begin without TLS", "use port 465, or set Protection to starttls_mandatory")
      case 25 where connection.login != nil:
        ("has port 25, which is for mail between servers and often takes no login", "use port 587 or 465")
      case 110, 143, 993, 995: ("has port \(connection.server.port), which is for fetching mail", "use port 587 or 465")
      default: nil
      }
    if let mismatch { report(.warning, .mismatch, .server, mismatch.reason, remedy: mismatch.remedy) }
  }
}

extension ChannelReader {
  mutating func warnOfTLS(_ tls: MailTLSSettings, isOff: Bool) {
    let keys: [PropertyKey] = [.tlsTrust, .tlsMinimumVersion, .tlsMaximumVersion, .tlsPins]
    if isOff {
      for key in keys where text(key) != nil { report(.warning, .noEffect, key, "has no effect: Protection is off") }
    } else if tls.minimumVersion < .tls12 {
      report(
        .warning, .weak, .tlsMinimumVersion, "allows \(tls.minimumVersion.text), which is broken (RFC 8996)",
        remedy: "remove the key when the server has TLS 1.2")
    }
  }

  mutating func warnOfPlaceholder(in key: PropertyKey) {
    guard let text = text(key), PlaceholderText.isPlaceholder(text) else { return }
    report(
      .warning, .placeholder, key, "is '\(PrintableText.escaping(text))', which looks like a placeholder",
      remedy: "replace it by the value that is meant")
  }
}
