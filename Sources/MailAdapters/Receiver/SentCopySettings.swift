import FlowModel
import SASL
import TenantBase

/// Where a channel keeps a copy of each mail that it has sent.
package struct SentCopySettings: Sendable, Equatable {
  package let connection: MailboxConnectionSettings
  /// Nil for the folder that the server calls Sent (RFC 6154).
  package let folder: String?
}

extension SentCopySettings {
  /// Key `tenant.sentCopy.protection`.
  private enum Protection: String, CaseIterable {
    case off
    case startTLSOptional = "starttls_optional"
    case startTLSMandatory = "starttls_mandatory"
    case imaps

    var value: MailboxConnectionSettings.Protection {
      switch self {
      case .off: .off
      case .startTLSOptional: .startTLSOptional
      case .startTLSMandatory: .startTLSMandatory
      case .imaps: .implicitTLS
      }
    }
  }

  /// - Returns: nil for a channel without copies, and where something of them is wrong, which is reported.
  static func read(_ reader: inout ChannelReader, _ receiver: MailConnectionSettings?) -> SentCopySettings? {
    guard let text = reader.fixedText(.sentCopyServer) else {
      for key in PropertyKey.sentCopyKeys where key != .sentCopyServer && reader.text(key) != nil {
        reader.report(.error, .missing, key, "has no effect without tenant.sentCopy.server")
      }
      return nil
    }
    let protection = reader.choice(.sentCopyProtection, default: Protection.imaps).value
    let folder = reader.fixedText(.sentCopyFolder)
    let login = login(&reader, receiver, protection)
    let defaultPort =
      protection == .implicitTLS ? MailSenderProtocol.imap.implicitTLSPort : MailSenderProtocol.imap.plainPort
    guard let server = ServerAddress(text, defaultPort: defaultPort) else {
      reader.report(
        .error, .wrong, .sentCopyServer, "is wrong: '\(PrintableText.escaping(text))' is not host or host:port")
      return nil
    }
    guard let login else { return nil }
    return SentCopySettings(
      connection: MailboxConnectionSettings(
        server: server, hasPort: ServerAddress(text, defaultPort: nil) != nil,
        connectTimeout: receiver?.connectTimeout ?? .seconds(30), protection: protection, login: login,
        allowsPlaintextPassword: receiver?.allowsPlaintextPassword ?? false, tls: MailTLSSettings(&reader)),
      folder: folder)
  }

  /// The channel's own login, or one of another credential.
  private static func login(
    _ reader: inout ChannelReader, _ receiver: MailConnectionSettings?,
    _ protection: MailboxConnectionSettings.Protection
  ) -> MailboxConnectionSettings.Login? {
    let style = receiver?.login?.style ?? .plain
    guard let name = reader.fixedText(.sentCopyCredential) ?? receiver?.login?.credentialName else {
      reader.report(
        .error, .missing, .sentCopyCredential, "is empty, and the channel itself logs in to nothing",
        remedy: "name a User Credentials artifact for the mailbox")
      return nil
    }
    if protection == .off, style == .plain, receiver?.allowsPlaintextPassword != true {
      reader.report(
        .error, .readablePassword, .sentCopyProtection, "off would send the password readable",
        remedy: "set it to imaps or starttls_mandatory")
    }
    return MailboxConnectionSettings.Login(
      style: style, credentialName: name, authorizationID: receiver?.login?.authorizationID)
  }
}
