import CLinux
import Glibc
import TenantBase

/// Why the operating system, or a rule about files, said no.
package struct SystemError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    case notFound
    case alreadyExists
    case accessDenied
    /// Not what it should be: a folder, a FIFO, a symbolic link, a socket.
    case wrongFileType(FileType)
    /// Others can read or change it, or it belongs to somebody else, or it has a second name.
    case notPrivate(PrivacyFault)
    /// Longer than the limit, in bytes.
    case tooLarge(limit: Int)
    /// Somebody else held the lock until the deadline.
    case locked
    /// The file is no longer what it was when the work with it began.
    case changedWhileRead
    /// No space, quota or file descriptors left.
    case exhausted
    /// A signal ended a prompt: its number.
    case interrupted(signal: Int32)
    /// The input ended before a value came.
    case endOfInput
    /// There is no terminal to ask on.
    case noTerminal
    /// Anything else, by its number.
    case failed(errno: Int32)
  }

  package enum FileType: String, Sendable {
    case folder = "a folder"
    case symbolicLink = "a symbolic link"
    case fifo = "a FIFO"
    case socket = "a socket"
    case device = "a device"
    case regular = "a file"
  }

  package enum PrivacyFault: Sendable, Equatable {
    /// The permission bits, of which some are for group or others.
    case mode(UInt32)
    case foreignOwner(UInt32)
    case hardLinks(Int)
  }

  package let kind: Kind
  /// What was to be done, as a verb phrase: `read`, `create the folder`.
  package let action: String
  package let path: String

  /// The number behind `kind`, where it came from a failed call.
  private let code: Int32?

  package init(_ kind: Kind, action: String, path: String) {
    self.init(kind, action: action, path: path, code: nil)
  }

  /// The error for a failed call, from `errno`.
  init(errno code: Int32, action: String, path: String) {
    let kind: Kind =
      switch code {
      case ENOENT: .notFound
      case EEXIST: .alreadyExists
      case EACCES, EPERM, EROFS: .accessDenied
      case EISDIR: .wrongFileType(.folder)
      case ENOTDIR: .wrongFileType(.regular)
      case ELOOP: .wrongFileType(.symbolicLink)
      case ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM: .exhausted
      default: .failed(errno: code)
      }
    self.init(kind, action: action, path: path, code: code)
  }

  private init(_ kind: Kind, action: String, path: String, code: Int32?) {
    self.kind = kind
    self.action = action
    self.path = path
    self.code = code
  }

  package var failureClass: FailureClass {
    switch kind {
    case .notFound, .wrongFileType, .tooLarge, .endOfInput, .alreadyExists: .badInput
    case .accessDenied, .notPrivate: .refused
    case .locked, .exhausted, .changedWhileRead: .temporary
    case .interrupted, .failed: .permanent
    case .noTerminal: .usage
    }
  }

  package var explanation: Explanation {
    Explanation("cannot \(action) '\(PrintableText.escaping(path))'", cause: cause, hints: hints)
  }

  private var cause: String {
    switch kind {
    case .wrongFileType(let type): "it is \(type.rawValue)"
    case .notPrivate(.mode(let mode)): "others have access to it (mode 0\(String(mode, radix: 8)))"
    case .notPrivate(.foreignOwner(let user)): "it belongs to another user (uid \(user))"
    case .notPrivate(.hardLinks(let count)): "it has \(count) names (hard links)"
    case .tooLarge(let limit): "it is longer than \(limit) bytes"
    case .locked: "another process is changing it"
    case .changedWhileRead: "it was changed while it was read"
    case .interrupted(let signal): "interrupted by signal \(signal)"
    case .endOfInput: "the input ended before a value came"
    case .noTerminal: "there is no terminal"
    case .failed(let code): Self.text(of: code)
    case .notFound: Self.text(of: code ?? ENOENT)
    case .alreadyExists: Self.text(of: code ?? EEXIST)
    case .accessDenied: Self.text(of: code ?? EACCES)
    case .exhausted: Self.text(of: code ?? ENOSPC)
    }
  }

  private var hints: [String] {
    switch kind {
    case .notPrivate(.mode): ["take the access away: chmod go= '\(PrintableText.escaping(path))'"]
    default: []
    }
  }

  /// The C library's words for an error number, with a small first letter as all our messages.
  static func text(of code: Int32) -> String {
    guard let words = strerror(code) else { return "error \(code)" }
    let text = String(cString: words)
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
