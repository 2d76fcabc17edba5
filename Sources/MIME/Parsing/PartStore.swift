/// Takes the decoded content of parts that are too large for memory, while the mail arrives.
///
/// One content at a time: `begin`, any number of `append`, `end`. A store that fails keeps its failure and takes no more;
/// whoever owns it asks it when the mail is complete.
package protocol PartStore {
  /// Begins the content of the part at `path` and returns the number by which it is found again.
  mutating func begin(path: [Int]) -> Int
  mutating func append(_ bytes: ArraySlice<UInt8>)
  mutating func end()
}

/// Where there is no store: parts stay in the raw bytes or in memory.
package struct NoPartStore: PartStore {
  package init() {}
  package mutating func begin(path: [Int]) -> Int { 0 }
  package mutating func append(_ bytes: ArraySlice<UInt8>) {}
  package mutating func end() {}
}
