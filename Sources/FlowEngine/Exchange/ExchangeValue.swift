/// The value of a header or a property.
package enum ExchangeValue: Sendable, Equatable {
  case text(String)
  case integer(Int64)
  case decimal(Double)
  case boolean(Bool)
  case bytes([UInt8])

  /// The value as an expression puts it into text; bytes are read as UTF-8.
  package var text: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .decimal(let number): String(number)
    case .boolean(let flag): String(flag)
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}
