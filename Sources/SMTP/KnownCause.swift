import TenantBase

/// What is behind some answers of servers, where that is known for sure and the words alone do not say it.
struct KnownCause {
  let cause: String?
  let hints: [String]

  static func of(_ error: SMTPError) -> KnownCause? {
    switch error.kind {
    case .connectionFailed where error.command == "the greeting":
      return KnownCause(
        cause: nil,
        hints: ["if the server expects TLS from the first byte (commonly port 465), set the protection to SMTPS"])
    case .startTLSNotOffered:
      return KnownCause(
        cause: nil,
        hints: ["if the server expects TLS from the first byte (commonly port 465), set the protection to SMTPS"])
    case .plaintextAfterStartTLS:
      return KnownCause(cause: "somebody between here and the server may be adding to the conversation", hints: [])
    case .authenticationNotOffered:
      return KnownCause(
        cause: nil, hints: ["many servers offer the login only inside TLS or on port 587, not on port 25"])
    case .eightBitNotSupported:
      return KnownCause(cause: nil, hints: ["set the content transfer encoding to automatic"])
    case .loginRefused: return ofChannelBinding(error) ?? error.reply.flatMap(ofLogin)
    case .senderRefused: return error.reply.flatMap(ofSender)
    default: return nil
    }
  }

  /// Cyrus SASL 2.1.28 has `tls-unique` alone and answers the binding of TLS 1.3 (RFC 9266) with these words.
  private static func ofChannelBinding(_ error: SMTPError) -> KnownCause? {
    guard error.command?.hasSuffix("-PLUS") == true, error.reply?.text.lowercased().contains("bad protocol") == true
    else { return nil }
    return KnownCause(
      cause: "the server offers channel binding and does not know that of TLS 1.3",
      hints: ["set tenant.tls.maximumVersion=1.2 for the channel"])
  }

  private static func ofLogin(_ reply: SMTPReply) -> KnownCause? {
    let text = reply.text.lowercased()
    if reply.code == 534 && reply.enhancedStatus == EnhancedStatus(5, 7, 9) || text.contains("application-specific") {
      return KnownCause(
        cause: "this provider wants an app password when two-step verification is on",
        hints: ["make an app password in the account's security page and deploy the credential with it"])
    }
    if reply.enhancedStatus == EnhancedStatus(5, 7, 139) {
      return KnownCause(cause: "this provider has switched the login by password off", hints: [])
    }
    switch reply.code {
    case 538: return KnownCause(cause: "the server takes this login only inside TLS", hints: [])
    case 432: return KnownCause(cause: "the account needs a new password set at the server first", hints: [])
    default: return nil
    }
  }

  private static func ofSender(_ reply: SMTPReply) -> KnownCause? {
    guard reply.code == 530 else { return nil }
    if reply.text.lowercased().contains("starttls") {
      return KnownCause(
        cause: "the server takes mail only inside TLS", hints: ["set the protection to STARTTLS mandatory"])
    }
    return KnownCause(
      cause: "the server takes mail only after a login", hints: ["set an authentication and a credential"])
  }
}
