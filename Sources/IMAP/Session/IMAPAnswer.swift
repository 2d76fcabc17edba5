import TenantBase

/// A server's own words about success or failure, for messages.
package struct IMAPAnswer: Sendable, Equatable {
  package enum Status: String, Sendable, Equatable {
    case ok = "OK"
    case no = "NO"
    case bad = "BAD"
    case bye = "BYE"
    case preauth = "PREAUTH"
  }

  package let status: Status
  /// The response code's name in capital letters (`AUTHENTICATIONFAILED`); nil without one.
  package let code: String?
  /// Printable, one line, of bounded length.
  package let words: String

  package init(status: Status, code: String? = nil, words: some StringProtocol) {
    self.status = status
    self.code = code.map { PrintableText.escaping($0.uppercased(), limit: 60) }
    self.words = PrintableText.escaping(words)
  }

  /// `NO [OVERQUOTA] the mailbox is full`.
  package var text: String {
    let codeText = code.map { " [\($0)]" } ?? ""
    return words.isEmpty ? status.rawValue + codeText : "\(status.rawValue)\(codeText) \(words)"
  }

  /// What a refusal of a command means for the caller, by RFC 5530's codes and, without one, by words that are common
  /// among servers; `otherwise` decides about the rest.
  func failureClass(otherwise: FailureClass) -> FailureClass {
    switch code {
    case "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "EXPUNGEISSUED", "CONTACTADMIN", "INPROGRESS", "TEMPFAIL",
      "OVERQUOTA":
      return .temporary
    case "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "NOPERM", "WEBALERT":
      return .refused
    case "NONEXISTENT", "ALREADYEXISTS", "CANNOT", "TOOBIG", "CLIENTBUG", "TRYCREATE", "READ-ONLY", "BADCHARSET",
      "CORRUPTION", "REFERRAL":
      return .permanent
    default: break
    }
    let lower = words.lowercased()
    if Self.temporaryWords.contains(where: { lower.contains($0) }) { return .temporary }
    return otherwise
  }

  /// Whether a refusal says that the folder is not there: by RFC 5530 and RFC 3501, or in the words of Dovecot, Cyrus,
  /// Courier and UW, whose answers to SELECT have no code.
  var namesMissingFolder: Bool {
    switch code {
    case "NONEXISTENT", "TRYCREATE": return true
    case nil: break
    default: return false
    }
    let lower = words.lowercased()
    return Self.missingWords.contains { lower.contains($0) }
  }

  private static let missingWords = [
    "doesn't exist", "does not exist", "no such mailbox", "unknown mailbox", "unable to open this mailbox",
  ]

  private static let temporaryWords = [
    "too many simultaneous", "too many connections", "maximum number of connections", "try again", "temporar", "in use",
    "unavailable", "over quota", "quota exceeded", "timeout", "timed out", "throttled", "rate limit",
  ]
}
