/// The code in brackets that begins a status text (RFC 9051 section 7.1, RFC 5530). An open set.
///
/// A known code whose argument cannot be read is `.other`.
package enum IMAPResponseCode: Sendable, Equatable {
  case alert
  case alreadyExists
  case appendUID(uidValidity: UInt64, uids: UIDSet)
  case authenticationFailed
  case authorizationFailed
  case badCharset
  case cannot
  case capability(IMAPCapabilities)
  case clientBug
  case closed
  case contactAdministrator
  case copyUID(UIDMapping)
  case corruption
  case expired
  case expungeIssued
  case hasChildren
  case highestModSequence(UInt64)
  case inUse
  case limit
  /// RFC 8474.
  case mailboxID(String)
  case nonExistent
  case noModSequence
  case noPermission
  case overQuota
  case parse
  case permanentFlags([IMAPFlag])
  case privacyRequired
  case readOnly
  case readWrite
  /// An IMAP URL (RFC 2221); it is shown and never followed.
  case referral(String)
  case serverBug
  case tooBig
  case tryCreate
  case uidNext(UInt64)
  case uidNotSticky
  case uidValidity(UInt64)
  case unavailable
  case unknownCTE
  case unseen(UInt64)
  /// `name` in capitals; `text` is what follows it.
  case other(name: String, text: String)
}

/// Which message became which (COPYUID, RFC 4315 section 3): the n-th UID of `source` is the n-th of `destination`.
///
/// The ranges keep the server's order, and are as compact as it sent them.
package struct UIDMapping: Sendable, Equatable {
  /// Of the folder copied to.
  package var uidValidity: UInt64
  package var source: [ClosedRange<UInt64>]
  package var destination: [ClosedRange<UInt64>]

  package init(uidValidity: UInt64, source: [ClosedRange<UInt64>], destination: [ClosedRange<UInt64>]) {
    self.uidValidity = uidValidity
    self.source = source
    self.destination = destination
  }

  /// The UID that the message has in the folder copied to; nil when the server does not say.
  package func destinationUID(of uid: UInt64) -> UInt64? {
    var position: UInt64 = 0
    for range in source {
      if range.contains(uid) { return Self.element(position &+ (uid - range.lowerBound), of: destination) }
      position &+= range.upperBound - range.lowerBound &+ 1
    }
    return nil
  }

  private static func element(_ position: UInt64, of ranges: [ClosedRange<UInt64>]) -> UInt64? {
    var rest = position
    for range in ranges {
      let span = range.upperBound - range.lowerBound
      if rest <= span { return range.lowerBound + rest }
      rest -= span + 1
    }
    return nil
  }
}
