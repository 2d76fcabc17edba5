import TenantBase

/// What is behind some answers of servers, where that is known for sure and the words alone do not say it.
struct KnownCause {
  let cause: String?
  let hints: [String]

  init(_ cause: String?, hints: [String] = []) {
    self.cause = cause
    self.hints = hints
  }

  private static let implicitTLS =
    "if the server expects TLS from the first byte (commonly port 993), set the protection to IMAPS"

  static func of(_ error: IMAPError) -> KnownCause? {
    switch error.kind {
    case .connectionFailed where error.command == IMAPError.greetingStep: return KnownCause(nil, hints: [implicitTLS])
    case .startTLSNotOffered: return KnownCause(nil, hints: [implicitTLS])
    case .plaintextAfterStartTLS:
      return KnownCause("somebody between here and the server may be adding to the conversation")
    case .authenticationNotOffered:
      return KnownCause(
        nil,
        hints: ["many servers offer the login only inside TLS: set the protection to IMAPS or to STARTTLS mandatory"])
    case .loginRefused: return ofChannelBinding(error) ?? error.answer.flatMap(ofLogin)
    case .greetingRefused, .serverClosing, .commandRefused, .folderMissing, .startTLSRefused:
      return error.answer.flatMap(ofAnswer)
    default: return nil
    }
  }

  /// Cyrus SASL 2.1.28 has `tls-unique` alone and answers the binding of TLS 1.3 (RFC 9266) with these words.
  private static func ofChannelBinding(_ error: IMAPError) -> KnownCause? {
    guard error.command?.hasSuffix("-PLUS") == true,
      error.answer?.words.lowercased().contains("bad protocol") == true
    else { return nil }
    return KnownCause(
      "the server offers channel binding and does not know that of TLS 1.3",
      hints: ["set tenant.tls.maximumVersion=1.2 for the channel"])
  }

  private static func ofLogin(_ answer: IMAPAnswer) -> KnownCause? {
    let text = answer.words.lowercased()
    if text.contains("application-specific") || text.contains("app password") || text.contains("app-specific") {
      return KnownCause(
        "this provider wants an app password when two-step verification is on",
        hints: ["make an app password in the account's security page and deploy the credential with it"])
    }
    if answer.code == "WEBALERT" || text.contains("web browser") {
      return KnownCause(
        "this provider wants a login with a web browser first",
        hints: ["log in once with a web browser, then try again"])
    }
    if text.contains("imap") && (text.contains("disabled") || text.contains("not enabled")) {
      return KnownCause("IMAP is switched off for this account", hints: ["switch IMAP on in the account's settings"])
    }
    if text.contains("basicauthblocked") || text.contains("basic authentication is disabled") {
      return KnownCause("this provider has switched the login by password off")
    }
    switch answer.code {
    case "EXPIRED":
      return KnownCause(
        "the password has expired", hints: ["set a new password at the provider and deploy the credential with it"])
    case "PRIVACYREQUIRED": return KnownCause("the server takes this login only inside TLS")
    case "AUTHORIZATIONFAILED":
      return KnownCause("the user may log in, but not for the other mailbox that was asked for")
    default: return ofAnswer(answer)
    }
  }

  private static func ofAnswer(_ answer: IMAPAnswer) -> KnownCause? {
    let text = answer.words.lowercased()
    if text.contains("too many simultaneous") || text.contains("too many connections")
      || text.contains("maximum number of connections")
    {
      return KnownCause(
        "more connections are open than the server allows for this user",
        hints: ["close other mail programs, or let fewer flows use this mailbox at the same time"])
    }
    if text.contains("unsafe login") {
      return KnownCause("this provider wants to know the program, and wants IMAP allowed in the account's settings")
    }
    switch answer.code {
    case "OVERQUOTA":
      return KnownCause("the mailbox has no room left", hints: ["delete mail there, or ask for more room"])
    case "UNAVAILABLE": return KnownCause("a part of the server is down at the moment")
    case "INUSE": return KnownCause("somebody else holds the mailbox at the moment")
    case "CONTACTADMIN": return KnownCause(nil, hints: ["ask the server's administrator"])
    case "REFERRAL":
      return KnownCause(
        "the server refers to another server, and referrals are never followed: the credential is for this one only",
        hints: ["if the account has moved, change the channel's address"])
    default: return nil
    }
  }
}

extension IMAPError {
  /// What the wait for the greeting is called.
  static let greetingStep = "the greeting"
}
