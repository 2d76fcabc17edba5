import CLibIDN
import CSodium

/// Prepares user names and passwords for comparison (RFC 4013, a profile of stringprep, RFC 3454), by GNU libidn.
///
/// Unassigned code points of Unicode 3.2 are refused (`STRINGPREP_NO_UNASSIGNED`): what a newer Unicode makes of them
/// is not known to the server either, so two sides could prepare them differently.
///
/// A secret never stands in a `String` nor in ordinary memory. Printable ASCII is returned as it is, without libidn.
/// All other text is worked on as UCS-4 in guarded memory, which is wiped. libidn's table steps work in place there;
/// its normalization however copies what it is given to the heap and does not wipe the copies. It is therefore given
/// one combining sequence at a time (see ``NormalizationBoundary``): a character may stay behind in freed memory, the
/// password does not.
package enum SASLprep {
  /// Why a text cannot be prepared. Never holds the text.
  package enum Refusal: Error, Sendable, Equatable {
    case tooLong(limit: Int)
    case notUTF8
    /// Table C of RFC 3454: control and private-use characters, surrogates, marks that change the display.
    case prohibitedCharacter
    /// Not in Unicode 3.2.
    case unassignedCharacter
    /// Right-to-left and left-to-right characters mixed, or a right-to-left text that does not begin and end so.
    case mixedDirections

    /// The cause in words, for an error message.
    package var reason: String {
      switch self {
      case .tooLong(let limit): "it is longer than \(limit) bytes"
      case .notUTF8: "it is not UTF-8"
      case .prohibitedCharacter: "it has a character that SASLprep (RFC 4013) prohibits, such as a control character"
      case .unassignedCharacter: "it has a character newer than Unicode 3.2, which SASLprep (RFC 4013) does not know"
      case .mixedDirections: "it mixes right-to-left and left-to-right text in a way that SASLprep (RFC 4013) prohibits"
      }
    }
  }

  /// The longest text that is prepared, in bytes.
  package static let defaultLimit = 4096

  /// The most characters that normalization makes of one byte of UTF-8: U+FDFA, three bytes, becomes 18.
  private static let growth = 6

  /// - Returns: the prepared text in UTF-8; it may be empty where all characters are mapped to nothing.
  package static func prepare(_ secret: borrowing SecretBytes, limit: Int = defaultLimit) throws(Refusal) -> SecretBytes
  {
    guard secret.count <= limit else { throw .tooLong(limit: limit) }
    if isPrintableASCII(secret) { return secret.copy() }
    var text = CodePoints(capacity: secret.count + 1)
    guard secret.withBytes({ text.append(utf8: $0) }) else { throw .notUTF8 }
    guard !text.contains(0) else { throw .prohibitedCharacter }  // libidn takes zero for the end
    try text.apply(ProfileSteps.beforeNormalization)
    var normalized = CodePoints(capacity: secret.count * growth + 1)
    try text.normalize(into: &normalized)
    try normalized.apply(ProfileSteps.afterNormalization)
    return normalized.utf8()
  }

  /// The same for what is no secret, a user name.
  package static func prepare(_ text: [UInt8], limit: Int = defaultLimit) throws(Refusal) -> [UInt8] {
    guard text.count <= limit else { throw .tooLong(limit: limit) }
    return try prepare(SecretBytes(copying: text), limit: limit).withBytes { [UInt8]($0) }
  }

  private static func isPrintableASCII(_ secret: borrowing SecretBytes) -> Bool {
    secret.withBytes { bytes in bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
  }

  /// libidn's own table of the profile, cut at its normalization step.
  private enum ProfileSteps {
    static var beforeNormalization: [Stringprep_profile] {
      var steps: [Stringprep_profile] = []
      var next = tnt_saslprep_steps()
      while let step = next, step.pointee.operation.rawValue != 0, step.pointee.operation != STRINGPREP_NFKC {
        steps.append(step.pointee)
        next = step + 1
      }
      return steps + [Stringprep_profile()]
    }

    static var afterNormalization: [Stringprep_profile] {
      var steps: [Stringprep_profile] = []
      var isAfter = false
      var next = tnt_saslprep_steps()
      while let step = next, step.pointee.operation.rawValue != 0 {
        if isAfter { steps.append(step.pointee) }
        isAfter = isAfter || step.pointee.operation == STRINGPREP_NFKC
        next = step + 1
      }
      return steps + [Stringprep_profile()]
    }

    static var normalization: [Stringprep_profile] {
      var step = Stringprep_profile()
      step.operation = STRINGPREP_NFKC
      return [step, Stringprep_profile()]
    }
  }

  /// Code points in guarded memory.
  private struct CodePoints: ~Copyable {
    private let base: UnsafeMutablePointer<UInt32>
    private let capacity: Int
    private(set) var count = 0

    /// - Parameter capacity: one more than the most code points, because libidn leaves room for an end mark.
    init(capacity: Int) {
      SodiumLibrary.ensureReady()
      guard let memory = sodium_allocarray(capacity, MemoryLayout<UInt32>.stride) else {
        fatalError("out of guarded memory")
      }
      base = memory.bindMemory(to: UInt32.self, capacity: capacity)
      self.capacity = capacity
    }

    deinit { sodium_free(base) }

    func contains(_ codePoint: UInt32) -> Bool {
      UnsafeBufferPointer(start: base, count: count).contains(codePoint)
    }

    /// - Returns: false when the bytes are not UTF-8. There are never more code points than bytes.
    mutating func append(utf8 bytes: UnsafeRawBufferPointer) -> Bool {
      var decoder = UTF8()
      var iterator = bytes.makeIterator()
      while true {
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar):
          base[count] = scalar.value
          count += 1
        case .emptyInput: return true
        case .error: return false
        }
      }
    }

    mutating func apply(_ steps: [Stringprep_profile]) throws(Refusal) {
      var length = count
      try Refusal.check(stringprep_4i(base, &length, capacity, STRINGPREP_NO_UNASSIGNED, steps))
      count = length
    }

    /// Appends the text in normalization form KC to `target`, one combining sequence after the other.
    func normalize(into target: inout CodePoints) throws(Refusal) {
      let steps = ProfileSteps.normalization
      var start = 0
      while start < count {
        var end = start + 1
        while end < count, !NormalizationBoundary.isBefore(base[end]) { end += 1 }
        try target.append(base + start, end - start, normalizedBy: steps)
        start = end
      }
    }

    private mutating func append(
      _ sequence: UnsafePointer<UInt32>, _ length: Int, normalizedBy steps: [Stringprep_profile]
    ) throws(Refusal) {
      guard length < capacity - count else { throw .tooLong(limit: capacity - 1) }
      let place = base + count
      place.update(from: sequence, count: length)
      var newLength = length
      try Refusal.check(stringprep_4i(place, &newLength, capacity - count, STRINGPREP_NO_UNASSIGNED, steps))
      count += newLength
    }

    func utf8() -> SecretBytes {
      var length = 0
      forEachByte { _ in length += 1 }
      return SecretBytes(count: length) { memory in
        var position = 0
        forEachByte { byte in
          memory[position] = byte
          position += 1
        }
      }
    }

    private func forEachByte(_ use: (UInt8) -> Void) {
      for index in 0..<count {
        guard let scalar = Unicode.Scalar(base[index]), let encoded = UTF8.encode(scalar) else { continue }
        for byte in encoded { use(byte) }
      }
    }
  }
}

extension SASLprep.Refusal {
  /// - Parameter status: what libidn returned.
  fileprivate static func check(_ status: Int32) throws(SASLprep.Refusal) {
    switch Stringprep_rc(UInt32(bitPattern: status)) {
    case STRINGPREP_OK: return
    case STRINGPREP_CONTAINS_UNASSIGNED: throw .unassignedCharacter
    case STRINGPREP_BIDI_BOTH_L_AND_RAL, STRINGPREP_BIDI_LEADTRAIL_NOT_RAL: throw .mixedDirections
    case STRINGPREP_TOO_SMALL_BUFFER: throw .tooLong(limit: SASLprep.defaultLimit)
    default: throw .prohibitedCharacter
    }
  }
}
