import MIME
import SASL
import TenantBase
import Wire

/// Why a session could not be opened or a mail not be sent.
///
/// What became of single recipients stands in ``SMTPOutcome``; this is thrown only when nobody can have got the mail.
package struct SMTPError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// The stream failed; `cause` says how.
    case connectionFailed
    /// The server does not want to talk to us.
    case greetingRefused
    case helloRefused
    /// 421: the server closes the connection.
    case serviceClosing
    case startTLSNotOffered
    case startTLSRefused
    /// Bytes behind the answer to STARTTLS: somebody put them there.
    case plaintextAfterStartTLS
    /// Implicit TLS was demanded of a stream that has none: our own bug, and no reason to go on.
    case encryptionMissing
    case authenticationNotOffered
    /// The server said no to the login.
    case loginRefused
    /// The exchange itself failed on our side; `cause` says how.
    case loginFailed
    case senderRefused
    /// Over the server's limit or over its answer to SIZE; known before anything was sent.
    case messageTooLarge
    /// An address needs SMTPUTF8 and the server has none.
    case internationalAddressNotSupported
    case eightBitNotSupported
    /// Not a reply, or longer than the limits.
    case malformedReply
    /// A reply that the protocol does not have at this point.
    case unexpectedReply
    /// An address or a parameter that does not fit into a command; `cause` says which.
    case invalidEnvelope
    /// The mail's bytes could not be read while they were sent; `cause` says why.
    case bodyUnreadable
    /// The client was not opened, or has ended.
    case notOpen
  }

  /// What can still be done with the connection.
  package enum Connection: Sendable, Equatable {
    case usable
    case unusable
  }

  package let kind: Kind
  /// `host:port` as the flow names it.
  package let peer: String
  /// What was asked: `EHLO`, `AUTH PLAIN`, `MAIL FROM`; never with an argument that could be secret.
  package let command: String?
  /// The server's own words.
  package let reply: SMTPReply?
  package let detail: String?
  package let cause: (any ExplainedError)?
  package let connection: Connection

  package init(
    _ kind: Kind, peer: String, command: String? = nil, reply: SMTPReply? = nil, detail: String? = nil,
    cause: (any ExplainedError)? = nil, connection: Connection = .unusable
  ) {
    self.kind = kind
    self.peer = peer
    self.command = command
    self.reply = reply
    self.detail = detail
    self.cause = cause
    self.connection = connection
  }

  package var failureClass: FailureClass {
    switch kind {
    case .connectionFailed, .loginFailed, .invalidEnvelope, .bodyUnreadable: cause?.failureClass ?? .temporary
    case .serviceClosing, .malformedReply, .unexpectedReply, .notOpen: .temporary
    case .startTLSRefused: reply.map { $0.code == 421 || $0.code == 454 } == true ? .temporary : .refused
    case .startTLSNotOffered: reply?.isTemporaryFailure == true ? .temporary : .refused
    case .plaintextAfterStartTLS, .encryptionMissing, .authenticationNotOffered: .refused
    case .loginRefused: reply?.isTemporaryFailure == true ? .temporary : .refused
    case .greetingRefused, .helloRefused, .senderRefused: reply?.failureClass ?? .permanent
    case .messageTooLarge: reply?.failureClass ?? .permanent
    case .internationalAddressNotSupported, .eightBitNotSupported: .permanent
    }
  }

  package var explanation: Explanation {
    // Where the summary already is the cause's own, only what is behind it remains to be said.
    var causeText: String?
    switch kind {
    case .connectionFailed, .invalidEnvelope: causeText = cause?.explanation.cause
    default: causeText = cause.map { $0.description }
    }
    var hints = cause?.explanation.hints ?? []
    if let known = KnownCause.of(self) {
      causeText = causeText ?? known.cause
      hints += known.hints
    }
    return Explanation(summary, cause: causeText, hints: hints)
  }

  private var summary: String {
    let words = reply.map { " (\($0.text))" } ?? ""
    let details = detail.map { ": \($0)" } ?? ""
    switch kind {
    case .connectionFailed:
      let lost = cause?.explanation.summary ?? "the connection to \(peer) failed"
      return command.map { "\(lost) during \($0)" } ?? lost
    case .greetingRefused: return "\(peer) does not take mail from here\(words)"
    case .helloRefused: return "\(peer) refused the greeting\(words)"
    case .serviceClosing: return "\(peer) ended the session\(words)"
    case .startTLSNotOffered: return "\(peer) does not offer STARTTLS, and TLS is required\(words)"
    case .startTLSRefused: return "\(peer) refused STARTTLS, and TLS is required\(words)"
    case .plaintextAfterStartTLS: return "\(peer) sent plain text behind its answer to STARTTLS"
    case .encryptionMissing: return "the connection to \(peer) is not encrypted, and TLS is required"
    case .authenticationNotOffered: return "\(peer) offers no login"
    case .loginRefused: return "\(peer) refused the login\(words)"
    case .loginFailed: return "the login at \(peer) failed"
    case .senderRefused: return "\(peer) refused the sender\(words)"
    case .messageTooLarge: return "the mail is too large for \(peer)\(details)\(words)"
    case .internationalAddressNotSupported: return "\(peer) does not take internationalized addresses\(details)"
    case .eightBitNotSupported: return "\(peer) does not take 8-bit mail"
    case .malformedReply: return "\(peer) sent what is no SMTP reply\(details)"
    case .unexpectedReply:
      return "\(peer) gave an answer that does not belong here\(words)" + (command.map { " to \($0)" } ?? "")
    case .invalidEnvelope: return cause?.explanation.summary ?? "an address cannot be used"
    case .bodyUnreadable: return "the mail's content could not be read while it was sent to \(peer)"
    case .notOpen: return "the session with \(peer) is not open"
    }
  }
}

extension SMTPReply {
  /// What a negative reply to a mail command means for the caller.
  ///
  /// Permission and authentication (530, and RFC 3463 status x.7.y) are a refusal; any other 5yz is for good.
  package var failureClass: FailureClass {
    if !isPermanentFailure { return .temporary }
    return code == 530 || enhancedStatus?.subject == 7 ? .refused : .permanent
  }
}
