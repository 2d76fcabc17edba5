import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase

/// Reads a channel's properties into types; what is wrong names the property as SAP's editor shows it.
struct ChannelReader {
  let channel: Channel

  /// The value without blanks around it; nil when the key is absent or its value empty.
  func text(_ key: String) -> String? {
    guard let value = channel.properties[key] else { return nil }
    let trimmed = Self.trimmed(value)
    return trimmed.isEmpty ? nil : trimmed
  }

  /// The value as it is, for texts in which blanks count; empty when absent.
  func template(_ key: String, _ label: String, default standard: String = "") throws(FlowFailure) -> ExpressionTemplate {
    do throws(ExpressionError) {
      return try ExpressionTemplate(channel.properties[key] ?? standard)
    } catch {
      throw failure(label, error.explanation.summary, cause: error.explanation.cause, key: key)
    }
  }

  /// One of an enumeration's raw values.
  func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ label: String, default standard: Value
  ) throws(FlowFailure) -> Value {
    guard let text = text(key) else { return standard }
    let match = Value.allCases.first { ASCII.equalIgnoringCase($0.rawValue.utf8, text.utf8) }
    guard let match else {
      let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure(label, "'\(PrintableText.escaping(text))' is not one of \(allowed)")
    }
    return match
  }

  /// `1` and `true` are yes, `0`, `false` and nothing are no.
  func flag(_ key: String, _ label: String) throws(FlowFailure) -> Bool {
    switch text(key)?.lowercased() {
    case "1", "true": return true
    case nil, "0", "false": return false
    case .some(let text): throw failure(label, "'\(PrintableText.escaping(text))' is not one of 1, true, 0, false")
    }
  }

  func number(_ key: String, _ label: String, default standard: Int, range: ClosedRange<Int>) throws(FlowFailure) -> Int {
    guard let text = text(key) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw failure(
        label, "'\(PrintableText.escaping(text))' is not a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Runs a reader of the MIME layer, whose errors do not know the channel.
  func reading<Value>(_ label: String, _ body: () throws(MIMEError) -> Value) throws(FlowFailure) -> Value {
    do throws(MIMEError) { return try body() } catch {
      throw failure(label, error.explanation.summary, cause: error.explanation.cause)
    }
  }

  /// The rows of a table property; none when it is empty.
  func table(_ key: String, _ label: String) throws(FlowFailure) -> [FlowTable.Row] {
    do throws(FlowModelError) { return try channel.properties.table(key)?.rows ?? [] } catch {
      throw failure(label, error.explanation.summary, cause: error.explanation.cause, key: key)
    }
  }

  /// - Parameters:
  ///   - label: the property's name in SAP's editor: `Address`, `Protection`.
  ///   - key: the property's key, for its place in the file.
  func failure(
    _ label: String, _ problem: String, cause: String? = nil, hints: [String] = [], key: String? = nil
  ) -> FlowFailure {
    let place = key.map(channel.properties.place(of:)) ?? channel.place
    return FlowFailure(
      .invalidFlow, class: .configuration,
      Explanation(
        "\(label) of \(channel.title) is wrong: \(problem)", places: [place.description], cause: cause, hints: hints))
  }

  static func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
