import TenantBase

/// Why an archive or compressed data cannot be read.
package struct ArchiveError: ExplainedError {
  package enum Kind: Sendable, Equatable {
    case malformed
    /// A feature that is not read: encryption, a compression method, archives of several files, beyond 4 GiB.
    case unsupported
    /// More or larger than ``ArchiveLimits`` allows, or compressed beyond belief.
    case limitExceeded
  }

  package let kind: Kind
  package let detail: String

  package init(_ kind: Kind, detail: String) {
    self.kind = kind
    self.detail = PrintableText.escaping(detail)
  }

  package var failureClass: FailureClass { .badInput }
  package var explanation: Explanation { Explanation("the archive cannot be read", cause: detail) }
}

/// How much an archive may hold.
package struct ArchiveLimits: Sendable {
  package var entries = 10_000
  /// Bytes of one file, unpacked.
  package var entryLength = 64 * 1024 * 1024
  /// Bytes of all files, unpacked.
  package var totalLength = 256 * 1024 * 1024

  package init() {}
}
