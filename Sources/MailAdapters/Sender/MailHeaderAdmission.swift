import Expressions
import FlowModel
import TenantBase

/// Which headers of a mail become headers of the message.
///
/// The eight that SAP documents for the adapter always do: published flows read Subject or From without allowing them.
/// Every other one needs the flow's Allowed Headers: names or regular expressions, or `*`. Two kinds never come from a
/// mail, because whoever writes to the mailbox chooses them: `Camel...`, by which steps are steered, and Content-Type,
/// which says here what the body has become.
struct MailHeaderAdmission: Sendable {
  /// As SAP spells them.
  static let documented = ["Archived-At", "Date", "From", "Message-ID", "Reply-to", "Sender", "Subject", "To"]

  private struct Entry: Sendable {
    let text: String
    /// Nil when it is a name and nothing else, or no expression that can be read.
    let pattern: JavaPattern?
  }

  private let entries: [Entry]
  private let admitsAll: Bool

  init(allowed: [String]) {
    let texts = allowed.map { BlankText.trimmed($0) }.filter { !$0.isEmpty }
    admitsAll = texts.contains("*")
    entries = texts.filter { $0 != "*" }.map { Entry(text: $0, pattern: try? JavaPattern($0)) }
  }

  /// The name under which a header of the mail becomes one of the message; nil when it does not.
  func name(for header: String) -> String? {
    if let documented = Self.documented.first(where: { ASCII.equalIgnoringCase($0.utf8, header.utf8) }) {
      return documented
    }
    let lowercased = header.lowercased()
    if lowercased.hasPrefix("camel") || lowercased.hasPrefix("org.apache.camel") || lowercased == "content-type" {
      return nil
    }
    return admitsAll || entries.contains { Self.admits(header, $0) } ? header : nil
  }

  private static func admits(_ header: String, _ entry: Entry) -> Bool {
    if ASCII.equalIgnoringCase(entry.text.utf8, header.utf8) { return true }
    return (try? entry.pattern?.matches(header)) ?? false
  }

  /// Entries that are no regular expressions: they admit a header of exactly that name.
  static func findings(_ allowed: [String], at place: SourcePlace, _ channel: Channel) -> [Finding] {
    allowed.map { BlankText.trimmed($0) }.filter { $0 != "*" && !$0.isEmpty }.compactMap { text in
      do throws(ExpressionError) {
        _ = try JavaPattern(text)
        return nil
      } catch {
        return Finding(
          .warning, MailFindingCode.expression.rawValue, at: place, Finding.Subject(channel),
          "Allowed Headers '\(PrintableText.escaping(text))' is no regular expression and admits that very name only")
      }
    }
  }
}
