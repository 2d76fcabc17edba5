import TenantBase

/// Why the tenant's state cannot be read or written.
package struct MessageStoreError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// The file cannot be opened or made.
    case cannotOpen
    /// Another process held the database until the time was up.
    case busy
    /// The disk is full, or a quota.
    case full
    /// Reading or writing failed below SQLite.
    case inputOutput
    /// The file is no database, or not ours, or what is in it contradicts itself.
    case damaged
    /// A later version of the program made it.
    case newer(version: Int)
    /// The file or its folder cannot be written.
    case readOnly
    /// More than ``MessageStoreLimits`` allows.
    case limitExceeded
    /// Anything else, by SQLite's extended result code.
    case failed(code: Int32)
  }

  package let kind: Kind
  /// The database's file.
  package let path: String
  /// What was to be done: `open`, `store a flow`.
  package let action: String
  /// SQLite's own words; nil where there are none.
  package let detail: String?

  package init(_ kind: Kind, path: String, action: String, detail: String? = nil) {
    self.kind = kind
    self.path = path
    self.action = action
    self.detail = detail.map { PrintableText.escaping($0) }
  }

  package var failureClass: FailureClass {
    switch kind {
    case .busy, .full: .temporary
    case .inputOutput, .failed: .permanent
    case .cannotOpen, .readOnly, .damaged, .newer: .configuration
    case .limitExceeded: .badInput
    }
  }

  package var explanation: Explanation {
    let name = PrintableText.escaping(path)
    let reason: String
    var hints: [String] = []
    switch kind {
    case .cannotOpen: reason = "it cannot be opened"
    case .busy: reason = "another process holds it"
    case .full: reason = "the disk is full"
    case .inputOutput: reason = "the disk cannot be read or written"
    case .damaged:
      reason = "it is damaged"
      hints = ["put a backup in its place, or move it away: flows are then to be deployed again"]
    case .newer(let version):
      reason = "a later version of tenant made it (format \(version))"
      hints = ["use that version, or move the file away"]
    case .readOnly: reason = "it cannot be written"
    case .limitExceeded: reason = "it is too large"
    case .failed(let code): reason = "SQLite failed with code \(code)"
    }
    return Explanation("cannot \(action) in '\(name)': \(reason)", cause: detail, hints: hints)
  }
}
