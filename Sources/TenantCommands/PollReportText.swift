import FlowEngine
import TenantBase
import TenantRuntime

/// What a poll did, as a person reads it.
enum PollReportText {
  /// The longest From or Subject that is shown, in characters.
  static let cut = 60

  /// ```
  ///   Orders In (sender)  imap.example.com:993  INBOX  implicit TLS, TLS 1.3, verified  PLAIN as orders@example.com
  ///   processed  4711  Anna <anna@example.org>  Order 4711
  ///     marked as read
  ///     accepted  sales@example.com  250 2.0.0 OK
  ///   skipped    4712  too large: 90000000 bytes, and the channel takes 25000000 (tenant.maximumSize)
  /// ```
  static func text(of report: PollReport) -> String {
    let sender = report.sender
    let facts = [
      "\(printable(sender.channelName)) (sender)", sender.endpoint, printable(sender.folder), report.facts.protection,
      report.facts.login,
    ]
    var text = "  " + facts.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
    for note in report.facts.notes + report.notes { text += "  note: \(printable(note))\n" }
    // What was said of one message's delivery need not be said of the next.
    var told: Set<String> = []
    let heads = Table.text(report.messages.map(head)).split(separator: "\n")
    for (line, message) in zip(heads, report.messages) {
      text += "  \(line)\n"
      for detail in details(of: message, &told) { text += "    \(detail)\n" }
    }
    return text
  }

  private static func head(of message: PolledMessage) -> [String] {
    let isNamed = !message.from.isEmpty || !message.subject.isEmpty
    let uid = message.uid.isEmpty ? "-" : printable(message.uid)
    return [word(for: message.status), uid]
      + (isNamed ? [printable(message.from, cut), printable(message.subject, cut)] : [printable(message.reason)])
  }

  private static func details(of message: PolledMessage, _ told: inout Set<String>) -> [String] {
    var lines: [String] = []
    if !message.reason.isEmpty, !message.from.isEmpty || !message.subject.isEmpty {
      lines.append(printable(message.reason))
    }
    for var channel in message.run?.channels ?? [] {
      channel.notes = channel.notes.filter { told.insert($0).inserted }
      lines += RunReportText.section(of: channel).split(separator: "\n").map { String($0.dropFirst(2)) }
    }
    if let done = message.postProcessing {
      lines.append(done.failure == nil ? words(for: done.intent) : "not \(words(for: done.intent)) yet")
    }
    return lines
  }

  static func word(for status: PolledMessage.Status) -> String {
    switch status {
    case .processed: "processed"
    case .failed: "failed"
    case .quarantined: "quarantined"
    case .held: "held"
    case .skipped: "skipped"
    case .finished: "finished"
    case .shown: "would take"
    }
  }

  static func words(for intent: PostProcessingIntent) -> String {
    switch intent.action {
    case .markSeen: "marked as read"
    case .delete: "deleted"
    case .move, .removeOriginal:
      "archived in \(printable(intent.target ?? ""))" + (intent.detail == "seen" ? " and marked as read" : "")
    }
  }

  /// `2 processed, 1 failed; 3 done before, 4 left for the next poll`.
  static func summary(of report: PollReport) -> String {
    let counts = PolledMessage.Status.allCases.compactMap { status -> String? in
      let count = report.count(status)
      return count == 0 ? nil : "\(count) \(status == .shown ? "would be taken" : word(for: status))"
    }
    var parts = [counts.isEmpty ? "no mail to take" : counts.joined(separator: ", ")]
    if report.doneBefore > 0 { parts.append("\(report.doneBefore) done before") }
    if report.left > 0 { parts.append("\(report.left) left for the next poll") }
    return parts.joined(separator: "; ")
  }

  /// Each failure of a message, with the message among its places.
  static func failures(of report: PollReport) -> [Explanation] {
    report.messages.flatMap { message in
      [message.failure, message.run?.failure, message.postProcessing?.failure].compactMap { $0 }.map { failure in
        let subject = message.subject.isEmpty ? "" : " '\(printable(message.subject, cut))'"
        return failure.explanation.within(places: ["mail UID \(printable(message.uid))\(subject)"])
      }
    }
  }

  private static func printable(_ text: String, _ limit: Int = PrintableText.defaultLimit) -> String {
    PrintableText.escaping(text, limit: limit)
  }
}
