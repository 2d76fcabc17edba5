import FlowModel
import SASL
import SMTP
import TenantBase
import Wire

/// How a mail receiver channel reaches its server: fixed for the channel.
package struct MailConnectionSettings: Sendable {
  /// Property `ssl`.
  package enum Protection: String, Sendable, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case smtps
  }

  package struct Login: Sendable, Equatable {
    package let style: LoginStyle
    /// The name of a deployed User Credentials artifact.
    package let credentialName: String
    /// The identity to act as; nil to act as oneself.
    package let authorizationID: String?
  }

  package let server: ServerAddress
  /// Whether the channel names the port, or the default is used.
  package let hasPort: Bool
  /// For the connection attempt, its TLS included: more than nothing, less than 5 minutes; 30 s by default.
  package let connectTimeout: Duration
  package let protection: Protection
  /// Nil for Authentication none.
  package let login: Login?
  /// A readable password may leave without TLS; counts with Protection off only.
  package let allowsPlaintextPassword: Bool
  package let tls: MailTLSSettings
  /// The name we give ourselves in EHLO; nil for the machine's.
  package let clientName: String?

  var requirement: TLSRequirement {
    switch protection {
    case .off: .off
    case .startTLSOptional: .startTLSIfOffered
    case .startTLSMandatory: .startTLSRequired
    case .smtps: .implicitTLS
    }
  }
}

extension MailConnectionSettings {
  /// SAP's documented default.
  static let defaultPort: UInt16 = 25

  /// Property `auth`.
  private enum Authentication: String, CaseIterable {
    case none, loginPlain, loginEncrypted

    var style: LoginStyle? {
      switch self {
      case .none: nil
      case .loginPlain: .plain
      case .loginEncrypted: .encrypted
      }
    }
  }

  /// - Returns: nil when there is no server to connect to; everything else that is wrong is in the reader's findings.
  init?(_ reader: inout ChannelReader) {
    Self.refuseProxy(&reader)
    let address = reader.serverAddress(defaultPort: Self.defaultPort)
    connectTimeout = .milliseconds(reader.number(.timeout, default: 30_000, range: 1...299_999))
    let protection = reader.choice(.protection, default: Protection.startTLSMandatory)
    let allowsPlaintextPassword = reader.flag(.allowPlaintextPassword)
    login = Self.login(&reader)
    if login?.style == .plain, protection == .off, !allowsPlaintextPassword {
      reader.report(
        .error, .readablePassword, .authentication,
        "Plain User Name/Password with Protection off would send the password readable",
        remedy:
          "set Protection to starttls_mandatory or smtps, or Authentication to loginEncrypted; to send it readable "
          + "all the same, set tenant.allowPlaintextPassword=true for the channel in NAME.tenant.prop")
    }
    tls = MailTLSSettings(&reader)
    clientName = Self.clientName(&reader)
    self.protection = protection
    self.allowsPlaintextPassword = allowsPlaintextPassword
    guard let address else { return nil }
    (server, hasPort) = address
  }

  private static func refuseProxy(_ reader: inout ChannelReader) {
    let proxy = reader.fixedText(.proxyType) ?? "none"
    switch proxy.lowercased() {
    case "none", "internet": return
    case "sapcc":
      reader.report(
        .error, .unsupported, .proxyType,
        "On-Premise (sapcc) needs SAP's Cloud Connector, which cannot be reached from here",
        remedy:
          "run tenant inside the network and set Proxy Type to none, or reach the server through a proxy or tunnel of "
          + "that network whose address stands in Address")
    default:
      reader.report(
        .error, .unsupported, .proxyType, "'\(PrintableText.escaping(proxy))' cannot run here",
        remedy: "connect directly: none")
    }
  }

  private static func login(_ reader: inout ChannelReader) -> Login? {
    if reader.text(.authentication)?.lowercased() == "oauth" {
      reader.report(
        .error, .unsupported, .authentication, "OAuth2 Authorization Code cannot run yet",
        remedy:
          "where the provider has app passwords, set Authentication to loginPlain with a User Credentials artifact")
      return nil
    }
    guard let style = reader.choice(.authentication, default: Authentication.none).style else { return nil }
    let authorizationID = reader.fixedText(.authorizationID)
    guard let name = reader.fixedText(.credentialName) else {
      if reader.channel.properties.text(PropertyKey.credentialName.name).isEmpty {
        reader.report(
          .error, .missing, .credentialName, "is empty, and Authentication is \(style.name)",
          remedy: "name a User Credentials artifact: tenant new-artifact UserCredentials NAME --user USER")
      }
      return nil
    }
    return Login(style: style, credentialName: name, authorizationID: authorizationID)
  }

  private static func clientName(_ reader: inout ChannelReader) -> String? {
    guard let name = reader.fixedText(.clientName) else { return nil }
    if SMTPClientName(hostName: name).text != name {
      reader.report(
        .error, .wrong, .clientName,
        "is wrong: '\(PrintableText.escaping(name))' is neither a full host name nor an address in brackets")
    }
    return name
  }
}

extension ChannelReader {
  /// Property `server`, and whether it names a port; nil when it is no address, which is reported.
  mutating func serverAddress(defaultPort: UInt16) -> (ServerAddress, hasPort: Bool)? {
    guard let text = fixedText(.server) else {
      if BlankText.trimmed(channel.properties.text(PropertyKey.server.name)).isEmpty {
        report(.error, .missing, .server, "is empty", remedy: "give host:port, for example mail.example.com:587")
      }
      return nil
    }
    guard let address = ServerAddress(text, defaultPort: defaultPort) else {
      let isPlaceholder = PlaceholderText.isPlaceholder(text)
      report(
        .error, isPlaceholder ? .placeholder : .wrong, .server,
        "is wrong: '\(PrintableText.escaping(text))' is not host or host:port",
        remedy: isPlaceholder ? "replace the placeholder by the server's name and port" : nil)
      return nil
    }
    return (address, ServerAddress(text, defaultPort: nil) != nil)
  }
}
