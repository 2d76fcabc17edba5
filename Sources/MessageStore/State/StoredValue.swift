import Expressions
import FlowEngine
import TenantBase

/// A value as text with the name of its type.
///
/// A list is kept as the text that it stands for.
struct StoredValue {
  let kind: String
  let text: String

  init(kind: String, text: String) {
    self.kind = kind
    self.text = text
  }

  init(_ value: ExpressionValue) {
    text = if case .date(let moment) = value { String(moment.milliseconds) } else { value.text }
    kind =
      switch value {
      case .null: "null"
      case .text, .list: "text"
      case .integer: "integer"
      case .decimal: "decimal"
      case .boolean: "boolean"
      case .date: "date"
      }
  }

  /// nil when the text is not of its kind.
  var value: ExpressionValue? {
    switch kind {
    case "null": .null
    case "text": .text(text)
    case "integer": Int64(text).map { .integer($0) }
    case "decimal": Double(text).map { .decimal($0) }
    case "boolean": text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    case "date": Int64(text).map { .date(Timestamp(milliseconds: $0)) }
    default: nil
    }
  }
}

/// Headers as bytes: name, kind and text of each.
enum StoredHeaders {
  static func bytes(_ headers: [StoredHeader]) -> [UInt8] {
    LengthPrefixed.join(
      headers.flatMap { header in
        let value = StoredValue(header.value)
        return [header.name, value.kind, value.text]
      })
  }

  static func headers(_ bytes: [UInt8]) -> [StoredHeader]? {
    guard let parts = LengthPrefixed.split(bytes), parts.count.isMultiple(of: 3) else { return nil }
    var headers: [StoredHeader] = []
    for index in stride(from: 0, to: parts.count, by: 3) {
      guard let value = StoredValue(kind: parts[index + 1], text: parts[index + 2]).value else { return nil }
      headers.append(StoredHeader(parts[index], value))
    }
    return headers
  }
}
