import TenantBase

/// Dates of certificates as text, in UTC.
package enum CertificateDate {
  /// `2025-01-02` for Unix seconds.
  package static func day(_ seconds: Int64) -> String {
    String(CivilDateTime(secondsSinceEpoch: seconds).padded.prefix { $0 != "T" })
  }

  /// `2025-01-02T03:04:05Z` for Unix seconds.
  package static func timestamp(_ seconds: Int64) -> String {
    CivilDateTime(secondsSinceEpoch: seconds).padded + "Z"
  }
}
