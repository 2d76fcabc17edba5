/// An answer to SEARCH, in either form (RFC 3501 section 7.2.5, RFC 4731).
package struct SearchResult: Sendable, Equatable {
  /// Which command it answers; nil for the plain form.
  package var tag: String?
  /// Whether `numbers` are UIDs for certain: the plain form does not say.
  package var isUID: Bool
  /// What was found, UIDs or sequence numbers as the command asked. Empty when nothing was, also when ALL was not asked.
  package var numbers: UIDSet
  package var minimum: UInt64?
  package var maximum: UInt64?
  package var count: UInt64?
  package var modSequence: UInt64?

  package init(numbers: UIDSet = UIDSet(), tag: String? = nil, isUID: Bool = false) {
    self.numbers = numbers
    self.tag = tag
    self.isUID = isUID
  }
}
