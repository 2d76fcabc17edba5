// JSONSerialization is in Foundation alone; the tests look at output that any reader of JSON must take.
import Foundation

/// JSON output as a test looks at it: the names of its members and its values, as text.
struct JSONOutput {
  private let value: Any

  init(_ result: ProgramResult) throws { value = try JSONSerialization.jsonObject(with: Data(result.output)) }

  private init(_ value: Any) { self.value = value }

  /// The members' names, sorted; empty when it is no object.
  var names: [String] { ((value as? [String: Any])?.keys).map { $0.sorted() } ?? [] }

  var elements: [JSONOutput] { (value as? [Any])?.map { JSONOutput($0) } ?? [] }

  subscript(_ name: String) -> JSONOutput { JSONOutput((value as? [String: Any])?[name] ?? NSNull()) }

  /// nil for anything but a string.
  var text: String? { value as? String }
  var flag: Bool? { value as? Bool }
  var number: Int? { value as? Int }
  var texts: [String] { value as? [String] ?? [] }
  var isNull: Bool { value is NSNull }
}
