/// A value of a column or of a parameter.
enum SQLiteValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  static func optional(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
  static func optional(_ number: Int?) -> SQLiteValue { number.map { .integer(Int64($0)) } ?? .null }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

  /// An empty value comes back as null from some statements.
  var bytes: [UInt8]? {
    switch self {
    case .blob(let bytes): bytes
    case .null: []
    case .integer, .text: nil
    }
  }
}
