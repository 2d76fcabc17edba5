/// What a finding of a mail channel is about, for machines: names that do not change.
package enum MailFindingCode: String, Sendable, CaseIterable {
  /// A value is needed and not there.
  case missing = "mail-value-missing"
  /// A value that is none of those allowed.
  case wrong = "mail-value-wrong"
  /// A value that somebody was meant to replace.
  case placeholder = "mail-value-placeholder"
  /// An expression in a property that is fixed.
  case fixed = "mail-value-fixed"
  case expression = "mail-expression"
  case unknownKey = "mail-key-unknown"
  /// SAP has it, this program not.
  case unsupported = "mail-unsupported"
  /// A readable password would leave.
  case readablePassword = "mail-password-readable"
  /// Works, and protects less than it could.
  case weak = "mail-weak"
  /// Protection, port and authentication that do not fit each other.
  case mismatch = "mail-mismatch"
  /// A setting that has no effect beside the others.
  case noEffect = "mail-no-effect"
  /// Mails would be processed again and again, or lost.
  case repetition = "mail-repetition"
}
