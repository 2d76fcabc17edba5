extension IMAPAnswer {
  init(_ status: IMAPStatus) {
    let condition: Status =
      switch status.condition {
      case .ok: .ok
      case .no: .no
      case .bad: .bad
      case .bye: .bye
      case .preAuthenticated: .preauth
      }
    self.init(status: condition, code: status.code?.name, words: status.text)
  }
}

extension IMAPStatus {
  /// What the server offers, where it says so with the status.
  var capabilities: IMAPCapabilities? {
    if case .capability(let capabilities)? = code { return capabilities }
    return nil
  }
}

extension IMAPResponseCode {
  /// As it stands on the wire, without its arguments.
  var name: String {
    switch self {
    case .alert: "ALERT"
    case .alreadyExists: "ALREADYEXISTS"
    case .appendUID: "APPENDUID"
    case .authenticationFailed: "AUTHENTICATIONFAILED"
    case .authorizationFailed: "AUTHORIZATIONFAILED"
    case .badCharset: "BADCHARSET"
    case .cannot: "CANNOT"
    case .capability: "CAPABILITY"
    case .clientBug: "CLIENTBUG"
    case .closed: "CLOSED"
    case .contactAdministrator: "CONTACTADMIN"
    case .copyUID: "COPYUID"
    case .corruption: "CORRUPTION"
    case .expired: "EXPIRED"
    case .expungeIssued: "EXPUNGEISSUED"
    case .hasChildren: "HASCHILDREN"
    case .highestModSequence: "HIGHESTMODSEQ"
    case .inUse: "INUSE"
    case .limit: "LIMIT"
    case .mailboxID: "MAILBOXID"
    case .nonExistent: "NONEXISTENT"
    case .noModSequence: "NOMODSEQ"
    case .noPermission: "NOPERM"
    case .overQuota: "OVERQUOTA"
    case .parse: "PARSE"
    case .permanentFlags: "PERMANENTFLAGS"
    case .privacyRequired: "PRIVACYREQUIRED"
    case .readOnly: "READ-ONLY"
    case .readWrite: "READ-WRITE"
    case .referral: "REFERRAL"
    case .serverBug: "SERVERBUG"
    case .tooBig: "TOOBIG"
    case .tryCreate: "TRYCREATE"
    case .uidNext: "UIDNEXT"
    case .uidNotSticky: "UIDNOTSTICKY"
    case .uidValidity: "UIDVALIDITY"
    case .unavailable: "UNAVAILABLE"
    case .unknownCTE: "UNKNOWN-CTE"
    case .unseen: "UNSEEN"
    case .other(let name, _): name
    }
  }
}
