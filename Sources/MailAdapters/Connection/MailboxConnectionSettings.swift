import FlowModel
import SASL
import TenantBase
import Wire

/// How a channel reaches a mailbox: fixed for the channel.
package struct MailboxConnectionSettings: Sendable, Equatable {
  package enum Protection: Sendable, Equatable {
    case off, startTLSOptional, startTLSMandatory, implicitTLS
  }

  package struct Login: Sendable, Equatable {
    package let style: LoginStyle
    /// The name of a deployed User Credentials artifact.
    package let credentialName: String
    /// The identity to act as: the mailbox of somebody else; nil to act as oneself.
    package let authorizationID: String?
  }

  package let server: ServerAddress
  /// Whether the channel names the port, or the default is used.
  package let hasPort: Bool
  /// For the connection attempt, its TLS included.
  package let connectTimeout: Duration
  package let protection: Protection
  package let login: Login
  /// A readable password may leave without TLS; counts with Protection off only.
  package let allowsPlaintextPassword: Bool
  package let tls: MailTLSSettings

  package var requirement: TLSRequirement {
    switch protection {
    case .off: .off
    case .startTLSOptional: .startTLSIfOffered
    case .startTLSMandatory: .startTLSRequired
    case .implicitTLS: .implicitTLS
    }
  }
}

/// What can be told of a mailbox's connection although something else of it is wrong.
struct MailboxConnectionReading {
  let protection: MailboxConnectionSettings.Protection
  let tls: MailTLSSettings
  /// Nil without a server or a login.
  let settings: MailboxConnectionSettings?
}

extension MailboxConnectionSettings {
  /// Property `auth` of a sender: nobody reads a mailbox without a login.
  private enum Authentication: String, CaseIterable {
    case loginPlain, loginEncrypted, oauth
  }

  private enum ProtectionName: String, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case imaps, pop3s
  }

  /// Reads the properties of a sender channel. What is wrong or weak is in the reader's findings.
  static func read(_ reader: inout ChannelReader, _ mailProtocol: MailSenderProtocol) -> MailboxConnectionReading {
    let timeout = reader.number(.timeout, default: 30_000, range: 1...Int(Int32.max))
    let protection = Self.protection(&reader, mailProtocol)
    refuseProxy(&reader)
    let address = reader.serverAddress(
      defaultPort: protection == .implicitTLS ? mailProtocol.implicitTLSPort : mailProtocol.plainPort)
    let allowsPlaintextPassword = reader.flag(.allowPlaintextPassword)
    let login = Self.login(&reader, mailProtocol, protection, allowsPlaintextPassword)
    let tls = MailTLSSettings(&reader)
    var settings: MailboxConnectionSettings?
    if let address, let login {
      settings = MailboxConnectionSettings(
        server: address.0, hasPort: address.hasPort, connectTimeout: .milliseconds(timeout), protection: protection,
        login: login, allowsPlaintextPassword: allowsPlaintextPassword, tls: tls)
    }
    return MailboxConnectionReading(protection: protection, tls: tls, settings: settings)
  }

  private static func protection(
    _ reader: inout ChannelReader, _ mailProtocol: MailSenderProtocol
  ) -> Protection {
    let name = reader.choice(.protection, default: mailProtocol == .imap ? ProtectionName.imaps : .pop3s)
    if name == (mailProtocol == .imap ? .pop3s : .imaps) {
      reader.report(.error, .wrong, .protection, "is wrong: \(name.rawValue) is not for \(mailProtocol.rawValue)")
    }
    return switch name {
    case .off: .off
    case .startTLSOptional: .startTLSOptional
    case .startTLSMandatory: .startTLSMandatory
    case .imaps, .pop3s: .implicitTLS
    }
  }

  private static func refuseProxy(_ reader: inout ChannelReader) {
    guard let proxy = reader.fixedText(.proxyType), proxy.lowercased() == "sapcc" else { return }
    reader.report(
      .error, .unsupported, .proxyType,
      "On-Premise (sapcc) needs SAP's Cloud Connector, which cannot be reached from here",
      remedy: "run tenant inside the network and set Proxy Type to none")
  }

  private static func login(
    _ reader: inout ChannelReader, _ mailProtocol: MailSenderProtocol, _ protection: Protection,
    _ allowsPlaintextPassword: Bool
  ) -> Login? {
    let authentication = reader.choice(.authentication, default: Authentication.loginPlain)
    if authentication == .oauth {
      let reason =
        mailProtocol == .pop3 ? "OAuth2 Authorization Code is not for POP3" : "OAuth2 Authorization Code cannot run yet"
      reader.report(
        .error, .unsupported, .authentication, reason,
        remedy:
          "where the provider has app passwords, set Authentication to loginPlain with a User Credentials artifact"
      )
      return nil
    }
    let name = reader.fixedText(.credentialName)
    if name == nil, BlankText.trimmed(reader.channel.properties.text(PropertyKey.credentialName.name)).isEmpty {
      reader.report(
        .error, .missing, .credentialName, "is empty: a mailbox is opened by a login only",
        remedy: "name a User Credentials artifact: tenant new-artifact UserCredentials NAME --user USER")
    }
    if protection == .off, authentication == .loginPlain, !allowsPlaintextPassword {
      reader.report(
        .error, .readablePassword, .authentication,
        "Plain User Name/Password with Protection off would send the password readable",
        remedy: "set Protection to starttls_mandatory or \(mailProtocol.implicitTLSName)")
    }
    let authorizationID = reader.fixedText(.authorizationID)
    return name.map {
      Login(
        style: authentication == .loginEncrypted ? .encrypted : .plain, credentialName: $0,
        authorizationID: authorizationID)
    }
  }
}
