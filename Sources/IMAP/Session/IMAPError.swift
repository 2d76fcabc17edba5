import SASL
import TenantBase
import Wire

/// Why a session could not be opened or a command not be done.
package struct IMAPError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// The stream failed; `cause` says how.
    case connectionFailed
    /// The server does not want to talk to us.
    case greetingRefused
    /// BYE: the server ends the session.
    case serverClosing
    case startTLSNotOffered
    case startTLSRefused
    /// Bytes behind the answer to STARTTLS: somebody put them there.
    case plaintextAfterStartTLS
    /// The server takes us for logged in before there is TLS: nobody knows whose session that is.
    case loggedInWithoutTLS
    /// Implicit TLS was demanded of a stream that has none: our own bug, and no reason to go on.
    case encryptionMissing
    case authenticationNotOffered
    /// The server said no to the login.
    case loginRefused
    /// The exchange itself failed on our side; `cause` says how.
    case loginFailed
    /// NO: the server could not or would not.
    case commandRefused
    /// BAD: the server does not understand or does not allow the command here.
    case commandRejected
    /// The folder does not exist.
    case folderMissing
    /// The command needs an extension that the server does not have.
    case notSupported
    /// The folder's state forbids it, such as a change in a folder that is open for reading only.
    case folderReadOnly
    /// Not a response, or longer than the limits.
    case malformedResponse
    /// A response that the protocol does not have at this point.
    case unexpectedResponse
    /// More responses than were asked for and the limit adds, or more results than the limit.
    case tooMuch
    /// A message is larger than the limit.
    case messageTooLarge
    /// What is asked for cannot be put into a command: a line end in a folder name.
    case invalidArgument
    /// The bytes to append could not be read; `cause` says why.
    case sourceUnreadable
    /// The receiver of what was fetched gave up; `cause` says why.
    case sinkFailed
    /// The client was not opened, has ended, or no folder is open.
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
  /// What was asked: `SELECT`, `AUTHENTICATE PLAIN`; never with an argument that could be secret.
  package let command: String?
  /// The folder it was about, as a person writes it.
  package let folder: String?
  /// The server's own words.
  package let answer: IMAPAnswer?
  package let detail: String?
  package let cause: (any ExplainedError)?
  package let connection: Connection

  package init(
    _ kind: Kind, peer: String, command: String? = nil, folder: String? = nil, answer: IMAPAnswer? = nil,
    detail: String? = nil, cause: (any ExplainedError)? = nil, connection: Connection = .unusable
  ) {
    self.kind = kind
    self.peer = peer
    self.command = command
    self.folder = folder
    self.answer = answer
    self.detail = detail
    self.cause = cause
    self.connection = connection
  }

  package var failureClass: FailureClass {
    switch kind {
    case .connectionFailed, .loginFailed, .sourceUnreadable, .sinkFailed: cause?.failureClass ?? .temporary
    case .serverClosing, .greetingRefused: answer?.failureClass(otherwise: .temporary) ?? .temporary
    case .malformedResponse, .unexpectedResponse, .tooMuch, .notOpen: .temporary
    case .startTLSRefused: answer?.code == "UNAVAILABLE" ? .temporary : .refused
    case .startTLSNotOffered, .plaintextAfterStartTLS, .loggedInWithoutTLS, .encryptionMissing,
      .authenticationNotOffered:
      .refused
    case .loginRefused: answer?.failureClass(otherwise: .refused) ?? .refused
    case .commandRefused: answer?.failureClass(otherwise: .permanent) ?? .permanent
    case .folderReadOnly: .refused
    case .commandRejected, .folderMissing, .notSupported, .messageTooLarge, .invalidArgument: .permanent
    }
  }

  package var explanation: Explanation {
    // Where the summary already is the cause's own, only what is behind it remains to be said.
    var causeText = kind == .connectionFailed ? cause?.explanation.cause : cause.map { $0.description }
    var hints = cause?.explanation.hints ?? []
    if let known = KnownCause.of(self) {
      causeText = causeText ?? known.cause
      hints += known.hints
    }
    return Explanation(summary, cause: causeText, hints: hints)
  }
}

extension IMAPError {
  private var summary: String {
    let words = answer.map { " (\($0.text))" } ?? ""
    let details = detail.map { ": \($0)" } ?? ""
    let name = command ?? "the command"
    let place = folder.map { " for the folder '\(PrintableText.escaping($0, limit: 200))'" } ?? ""
    switch kind {
    case .connectionFailed:
      let lost = cause?.explanation.summary ?? "the connection to \(peer) failed"
      return command.map { "\(lost) during \($0)\(place)" } ?? lost
    case .greetingRefused: return "\(peer) does not take connections from here\(words)"
    case .serverClosing: return "\(peer) ended the session\(words)"
    case .startTLSNotOffered: return "\(peer) does not offer STARTTLS, and TLS is required\(words)"
    case .startTLSRefused: return "\(peer) refused STARTTLS, and TLS is required\(words)"
    case .plaintextAfterStartTLS: return "\(peer) sent plain text behind its answer to STARTTLS"
    case .loggedInWithoutTLS: return "\(peer) opened a session without a login and without TLS, and TLS is required"
    case .encryptionMissing: return "the connection to \(peer) is not encrypted, and TLS is required"
    case .authenticationNotOffered: return "\(peer) offers no login"
    case .loginRefused: return "\(peer) refused the login\(words)"
    case .loginFailed: return "the login at \(peer) failed"
    case .commandRefused, .commandRejected: return "\(peer) refused \(name)\(place)\(words)"
    case .folderMissing: return "\(peer) has no folder '\(PrintableText.escaping(folder ?? "", limit: 200))'\(words)"
    case .notSupported: return "\(peer) cannot do \(name)\(place)\(details)"
    case .folderReadOnly: return "\(peer) opened\(place.dropFirst(4)) for reading only\(words)"
    case .malformedResponse: return "\(peer) sent what is no IMAP response\(details)"
    case .unexpectedResponse: return "\(peer) gave an answer to \(name) that does not belong there\(details)\(words)"
    case .tooMuch: return "\(peer) sent too much in answer to \(name)\(details)"
    case .messageTooLarge: return "a mail at \(peer) is too large\(details)"
    case .invalidArgument: return "\(name) cannot be sent to \(peer)\(details)"
    case .sourceUnreadable: return "the mail's content could not be read while it was stored at \(peer)\(details)"
    case .sinkFailed: return "what \(peer) sent could not be kept\(details)"
    case .notOpen: return "the session with \(peer) is not open\(details)"
    }
  }
}
