import CLinux
import Glibc

/// Converts text between UTF-8 and other charsets, piece by piece, with the C library's iconv.
///
/// Decoding (`init(decoding:)`) never fails: what is no text in the charset becomes U+FFFD. Encoding (`init(encoding:)`)
/// writes `?` for what the charset does not have. One converter serves one text; a new text needs a new one.
///
/// ```swift
/// CharsetConverter.utf8(from: body, charset: "iso-8859-15")          // nil when the charset is unknown
/// CharsetConverter.encode("Grüße".utf8 array, charset: "us-ascii")   // bytes "Gr??e", isLossless false
/// ```
package struct CharsetConverter: ~Copyable, @unchecked Sendable {
  private enum Direction { case decoding, encoding }

  private let conversion: iconv_t
  private let direction: Direction
  /// The begin of a character whose rest has not arrived.
  private var incomplete: [UInt8] = []
  /// Whether nothing was replaced so far.
  package private(set) var isLossless = true

  /// A converter from `charset` to UTF-8; nil when the charset is unknown.
  package init?(decoding charset: String) {
    guard let name = CharsetName.iconvName(of: charset),
      let conversion = Self.open(to: "UTF-8", from: name)
    else { return nil }
    self.conversion = conversion
    direction = .decoding
  }

  /// A converter from UTF-8 to `charset`; nil when the charset is unknown.
  package init?(encoding charset: String) {
    guard let name = CharsetName.iconvName(of: charset),
      let conversion = Self.open(to: name, from: "UTF-8")
    else { return nil }
    self.conversion = conversion
    direction = .encoding
  }

  deinit { iconv_close(conversion) }

  private static func open(to target: String, from source: String) -> iconv_t? {
    // iconv_open returns (iconv_t)-1 on failure.
    guard let conversion = iconv_open(target, source),
      conversion != UnsafeMutableRawPointer(bitPattern: -1)
    else { return nil }
    return conversion
  }

  /// Whether this system can convert the charset.
  package static func isKnown(_ charset: String) -> Bool {
    CharsetConverter(decoding: charset) != nil
  }

  /// The whole of `bytes` as UTF-8, with U+FFFD for what is no text in `charset`; nil when the charset is unknown.
  package static func utf8(from bytes: [UInt8], charset: String) -> [UInt8]? {
    if CharsetName.isUTF8(charset) { return repairedUTF8(bytes) }
    guard var converter = CharsetConverter(decoding: charset) else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + bytes.count / 4 + 16)
    converter.append(bytes, to: &output)
    converter.finish(into: &output)
    return output
  }

  /// The whole of a UTF-8 text in `charset`, with `?` for what it does not have; nil when the charset is unknown.
  ///
  /// `isLossless` is false when anything was replaced.
  package static func encode(_ utf8: [UInt8], charset: String) -> (bytes: [UInt8], isLossless: Bool)? {
    guard var converter = CharsetConverter(encoding: charset) else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(utf8.count + 16)
    converter.append(utf8, to: &output)
    converter.finish(into: &output)
    return (output, converter.isLossless)
  }

  /// UTF-8 as it should be: each damaged sequence becomes one U+FFFD.
  package static func repairedUTF8(_ bytes: [UInt8]) -> [UInt8] {
    if UTF8Span.isValid(bytes) { return bytes }
    return Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// Converts the next piece of the text and appends the result to `output`.
  ///
  /// A character cut off at the end of the piece waits for the next one.
  package mutating func append(_ bytes: [UInt8], to output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let input = incomplete.isEmpty ? bytes : incomplete + bytes
    incomplete = []
    let rest = convert(input, into: &output)
    if rest < input.count { incomplete = Array(input[rest...]) }
  }

  /// Ends the text: what is cut off becomes a replacement, and a stateful charset returns to its initial state.
  package mutating func finish(into output: inout [UInt8]) {
    if !incomplete.isEmpty {
      incomplete = []
      appendReplacement(to: &output)
    }
    _ = step(nil, count: 0, into: &output)
  }

  /// - Returns: the index of the first byte not converted: the begin of an incomplete character, or the end.
  private mutating func convert(_ input: [UInt8], into output: inout [UInt8]) -> Int {
    var start = 0
    while start < input.count {
      let (used, failure) = input.withUnsafeBytes { buffer in
        step(buffer.baseAddress.map { $0 + start }, count: input.count - start, into: &output)
      }
      start += used
      switch failure {
      case nil: continue
      case .incomplete?:
        if input.count - start <= Self.longestCharacter { return start }
        start += 1
        appendReplacement(to: &output)
      case .unmappable?:
        start += lengthToSkip(input, at: start)
        appendReplacement(to: &output)
      }
    }
    return start
  }

  /// More bytes than any charset needs for one character with its shift sequences.
  private static let longestCharacter = 32

  private enum StepFailure { case incomplete, unmappable }

  /// One run of iconv over all of the input, or until it stops at a character that it cannot convert.
  private func step(
    _ start: UnsafeRawPointer?, count: Int, into output: inout [UInt8]
  ) -> (used: Int, failure: StepFailure?) {
    var input = start.map { UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: CChar.self)) }
    var inputLeft = count
    while true {
      let inputBefore = inputLeft
      var produced = 0
      var failure: Int32 = 0
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { chunk in
        var target = chunk.baseAddress
        var targetLeft = chunk.count
        // With no input, iconv writes the sequence that returns to the initial state.
        let result =
          start == nil
          ? iconv(conversion, nil, nil, &target, &targetLeft)
          : iconv(conversion, &input, &inputLeft, &target, &targetLeft)
        failure = result == -1 ? errno : 0
        produced = chunk.count - targetLeft
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(chunk)[..<produced]))
      }
      let used = count - inputLeft
      switch failure {
      case 0: return (used, nil)
      case E2BIG where produced > 0 || inputLeft < inputBefore: continue
      case EINVAL: return (used, .incomplete)
      default: return (used, start == nil ? nil : .unmappable)
      }
    }
  }

  /// How much of the input one replacement stands for: a byte of a foreign charset, a scalar of UTF-8.
  private func lengthToSkip(_ input: [UInt8], at start: Int) -> Int {
    guard direction == .encoding else { return 1 }
    var end = start + 1
    while end < input.count, end - start < 4, input[end] & 0xC0 == 0x80 { end += 1 }
    return end - start
  }

  private mutating func appendReplacement(to output: inout [UInt8]) {
    isLossless = false
    switch direction {
    case .decoding: output += [0xEF, 0xBF, 0xBD]
    case .encoding:
      // Through the conversion: a stateful charset may have to leave its double-byte state first.
      let mark: [UInt8] = [0x3F]
      mark.withUnsafeBytes { _ = step($0.baseAddress, count: 1, into: &output) }
    }
  }
}

extension UTF8Span {
  fileprivate static func isValid(_ bytes: [UInt8]) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil
  }
}
