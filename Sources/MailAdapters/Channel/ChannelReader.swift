import Expressions
import FlowEngine
import FlowModel
import MIME
import TenantBase

/// Reads a channel's properties into types, and gathers everything that is wrong with them.
///
/// What cannot be read is reported and replaced by the default, so that one look finds all there is to mend. Whoever
/// reads asks ``isComplete`` at the end, and uses the values only then.
struct ChannelReader {
  let channel: Channel
  private(set) var findings: [Finding] = []
  /// A property holds a parameter without a value: the flow's own check says so, and the channel cannot run.
  private(set) var hasUnfilledParameter = false

  init(_ channel: Channel) { self.channel = channel }

  /// Whether the channel can run as it was read.
  var isComplete: Bool { !hasUnfilledParameter && !findings.contains { $0.severity == .error } }

  // MARK: reporting

  /// - Parameter reason: without the property's name, which is put before it.
  mutating func report(
    _ severity: Finding.Severity, _ code: MailFindingCode, _ key: PropertyKey, _ reason: String, remedy: String? = nil
  ) {
    findings.append(
      Finding(
        severity, code.rawValue, at: channel.properties.place(of: key.name), Finding.Subject(channel),
        "\(key.label) \(reason)", remedy: remedy))
  }

  /// Runs a reader of another layer, whose errors do not know the channel; reports its error.
  mutating func reading<Value>(_ key: PropertyKey, _ body: () throws -> Value) -> Value? {
    do { return try body() } catch {
      let explanation = (error as? any ExplainedError)?.explanation ?? Explanation("\(error)")
      report(.error, .wrong, key, "is wrong: \(explanation.cause ?? explanation.summary)")
      return nil
    }
  }

  // MARK: values

  /// The value without blanks and line ends around it; nil when the key is absent, its value empty, or a parameter in it
  /// has no value.
  mutating func text(_ key: PropertyKey) -> String? {
    guard let value = channel.properties[key.name] else { return nil }
    let text = BlankText.trimmed(value)
    if text.contains("{{") {
      hasUnfilledParameter = true
      return nil
    }
    return text.isEmpty ? nil : text
  }

  /// The same for a property that is fixed for the channel: an expression in it is refused.
  mutating func fixedText(_ key: PropertyKey) -> String? {
    guard let text = text(key) else { return nil }
    guard text.contains("${") else { return text }
    report(
      .error, .fixed, key, "may not hold an expression: it is fixed when the flow is deployed",
      remedy: "write the value itself, or an externalized parameter, {{name}}")
    return nil
  }

  /// A text that may hold `${...}`, as it is: blanks count.
  mutating func template(_ key: PropertyKey, default standard: String = "") -> ExpressionTemplate {
    template(channel.properties[key.name] ?? standard, of: key)
  }

  mutating func template(_ text: String, of key: PropertyKey) -> ExpressionTemplate {
    do throws(ExpressionError) {
      let template = try ExpressionTemplate(text)
      for problem in template.problems {
        report(.warning, .expression, key, "will fail: \(problem.description)")
      }
      return template
    } catch {
      report(.error, .expression, key, "cannot be read: \(error.explanation.cause ?? error.explanation.summary)")
      return ExpressionTemplate(constant: "")
    }
  }

  /// A single-line text that may hold `${...}`, without blanks and line ends around it; nil when there is none.
  mutating func lineTemplate(_ key: PropertyKey) -> ExpressionTemplate? {
    text(key).map { template($0, of: key) }
  }

  /// One of an enumeration's raw values, in any case.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: PropertyKey, default standard: Value)
    -> Value
  {
    guard let text = fixedText(key) else { return standard }
    let match = Value.allCases.first { ASCII.equalIgnoringCase($0.rawValue.utf8, text.utf8) }
    if match == nil { refuse(text, key, allowed: Value.allCases.map(\.rawValue)) }
    return match ?? standard
  }

  /// The same for a key without default: nil when it is absent.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: PropertyKey, of type: Value.Type)
    -> Value?
  {
    guard let first = Value.allCases.first, text(key) != nil else { return nil }
    return choice(key, default: first)
  }

  /// `1` and `true` are yes, `0`, `false` and nothing are no.
  mutating func flag(_ key: PropertyKey) -> Bool {
    switch fixedText(key)?.lowercased() {
    case "1", "true": return true
    case nil, "0", "false": return false
    case .some(let text):
      refuse(text, key, allowed: ["1", "true", "0", "false"])
      return false
    }
  }

  mutating func number(_ key: PropertyKey, default standard: Int, range: ClosedRange<Int>) -> Int {
    guard let text = fixedText(key) else { return standard }
    guard let number = Int(text), range.contains(number) else {
      report(
        .error, .wrong, key,
        "is wrong: '\(PrintableText.escaping(text))' is not a number from \(range.lowerBound) to \(range.upperBound)")
      return standard
    }
    return number
  }

  /// The rows of a table property; none when it is empty.
  mutating func table(_ key: PropertyKey) -> [FlowTable.Row] {
    do throws(FlowModelError) { return try channel.properties.table(key.name)?.rows ?? [] } catch {
      report(.error, .wrong, key, "is wrong: \(error.description)")
      return []
    }
  }

  mutating func refuse(_ text: String, _ key: PropertyKey, allowed: [String]) {
    report(
      .error, .wrong, key,
      "is wrong: '\(PrintableText.escaping(text))' is not one of \(allowed.joined(separator: ", "))")
  }

  /// The properties whose key begins with `prefix`, with the rest of the key; the last of a key that stands twice.
  func properties(after prefix: String) -> [(name: String, key: PropertyKey)] {
    var seen: Set<String> = []
    return channel.properties.all.compactMap { property in
      guard property.key.hasPrefix(prefix), seen.insert(property.key).inserted else { return nil }
      return (String(property.key.dropFirst(prefix.count)), PropertyKey(property.key))
    }
  }

  /// Reports every key of ours that nobody knows: a typing mistake there could switch a protection off in silence.
  mutating func refuseUnknownKeys(known: [PropertyKey], prefixes: [String]) {
    let names = known.map(\.name)
    let allowed = (names + prefixes.map { $0 + "NAME" }).sorted().joined(separator: ", ")
    let side = channel.type.direction.rawValue.lowercased()
    for (_, key) in properties(after: PropertyKey.ownPrefix)
    where !names.contains(key.name) && !prefixes.contains(where: key.name.hasPrefix) {
      report(
        .error, .unknownKey, key, "is no key of a mail \(side) channel",
        remedy: "the keys are \(allowed)")
    }
  }
}
