import Crypto
import TenantBase

/// The server's first message: `r=nonce,s=salt,i=count` and optional extensions (RFC 5802 section 7).
struct SCRAMServerFirst {
  /// The client's nonce with the server's behind it.
  let nonce: [UInt8]
  let salt: [UInt8]
  let iterations: Int

  /// - Parameter clientNonce: what we sent; the message's nonce must begin with it and go on.
  /// - Throws: `malformedChallenge`, or `iterationCountOutOfRange` when the count is not within `limits.iterations`.
  init(
    _ message: [UInt8], clientNonce: [UInt8], mechanism: SASLMechanismName, limits: SASLLimits
  ) throws(SASLError) {
    func malformed(_ detail: String) -> SASLError {
      SASLError(.malformedChallenge, mechanism: mechanism, detail: "the server's first message \(detail)")
    }
    guard message.count <= limits.challengeBytes else { throw malformed("is too long") }
    let attributes = SCRAMAttribute.read(message)
    guard let attributes, let first = attributes.first else { throw malformed("is not a list of attributes") }
    guard first.name != UInt8(ascii: "m") else { throw malformed("demands an extension that is not known here") }
    guard attributes.count >= 3, first.name == UInt8(ascii: "r"), attributes[1].name == UInt8(ascii: "s"),
      attributes[2].name == UInt8(ascii: "i")
    else { throw malformed("does not hold nonce, salt and iteration count in this order") }
    guard attributes.dropFirst(3).allSatisfy(\.isOptionalExtension) else { throw malformed("repeats an attribute") }

    nonce = first.value
    guard nonce.starts(with: clientNonce) else { throw malformed("answers a nonce that is not ours") }
    guard nonce.count > clientNonce.count else { throw malformed("adds nothing to our nonce") }
    guard nonce.allSatisfy(ASCII.isVisible) else { throw malformed("has a nonce that is not printable") }
    guard let salt = Base64.decode(attributes[1].value) else { throw malformed("has a salt that is not base64") }
    guard !salt.isEmpty else { throw malformed("has an empty salt") }
    self.salt = salt
    switch Self.readCount(attributes[2].value) {
    case .none: throw malformed("has an iteration count that is not a positive number")
    case .some(let count) where limits.iterations.contains(count): iterations = count
    case .some(let count):
      let allowed = "\(limits.iterations.lowerBound) to \(limits.iterations.upperBound)"
      let asked = count == .max ? "more than can be counted" : "\(count)"
      throw SASLError(
        .iterationCountOutOfRange, mechanism: mechanism,
        detail: "the server asks for \(asked) iterations of the password hash, allowed are \(allowed)")
    }
  }

  /// A decimal number from 1 without leading zero; `Int.max` when it is beyond `Int`, nil when it is no number.
  private static func readCount(_ digits: [UInt8]) -> Int? {
    guard let first = digits.first, first != UInt8(ascii: "0"), digits.allSatisfy(ASCII.isDigit) else { return nil }
    var value = 0
    for digit in digits {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if overflow || carry { return .max }
      value = sum
    }
    return value
  }
}

/// The server's last message: `v=signature` or `e=error` (RFC 5802 section 7).
enum SCRAMServerFinal {
  case signature([UInt8])
  /// The server's word for the error, not yet made printable.
  case error([UInt8])

  /// - Returns: nil when the message is malformed.
  static func read(_ message: [UInt8], limits: SASLLimits) -> SCRAMServerFinal? {
    guard message.count <= limits.challengeBytes, let attributes = SCRAMAttribute.read(message),
      let first = attributes.first, attributes.dropFirst().allSatisfy(\.isOptionalExtension)
    else { return nil }
    switch first.name {
    case UInt8(ascii: "v"): return Base64.decode(first.value).map { .signature($0) }
    case UInt8(ascii: "e"): return .error(first.value)
    default: return nil
    }
  }
}

/// One `letter=value` of a SCRAM message.
private struct SCRAMAttribute {
  let name: UInt8
  /// At least one byte, without comma and NUL; UTF-8 where the attribute says so.
  let value: [UInt8]

  /// Not one of the letters that RFC 5802 section 5.1 gives a meaning, so it may be ignored.
  var isOptionalExtension: Bool { !"anmrcsipve".utf8.contains(name) }

  /// - Returns: nil when the message is not a list of attributes divided by commas.
  static func read(_ message: [UInt8]) -> [SCRAMAttribute]? {
    var attributes: [SCRAMAttribute] = []
    for part in message.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard part.count >= 3, let name = part.first, ASCII.isLetter(name),
        part.dropFirst().first == UInt8(ascii: "="), !part.contains(0)
      else { return nil }
      attributes.append(SCRAMAttribute(name: name, value: Array(part.dropFirst(2))))
    }
    return attributes
  }
}
