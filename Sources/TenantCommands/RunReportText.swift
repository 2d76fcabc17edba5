import FlowEngine
import TenantBase
import TenantRuntime

/// The report of a run as a person reads it.
enum RunReportText {
  /// ```
  /// SendingAnEmail  run 7f1c09  started by timer
  ///   Mail (receiver)  smtp.gmail.com:587  STARTTLS, TLS 1.3, verified  SCRAM-SHA-256 as orders@example.com
  ///     accepted  anna@example.org  250 2.0.0 OK
  ///   Message-ID <7f1c09.1732090000@example.com>
  /// COMPLETED (0.41 s)
  /// ```
  static func text(of report: RunReport) -> String {
    var text =
      "\(printable(report.flowName))  run \(report.runID.prefix(6))  started by \(printable(report.trigger.title))\n"
    if let poll = report.poll { text += PollReportText.text(of: poll) }
    for channel in report.channels { text += section(of: channel) }
    let more = report.furtherDeliveries.values.reduce(0, +)
    if more > 0 { text += "  and \(more) more deliveries\n" }
    for exception in report.handledExceptions.prefix(10) { text += line(of: exception) }
    if let poll = report.poll { text += PollReportText.summary(of: poll) + "\n" }
    return text + summary(of: report) + "\n"
  }

  static func section(of channel: ChannelReport) -> String {
    let facts = [
      "\(printable(channel.channelName)) (receiver)", channel.endpoint, channel.protection, channel.login,
    ]
    var text = "  " + facts.filter { !$0.isEmpty }.joined(separator: "  ") + "\n"
    let rows = channel.deliveries.map { [word(for: $0.status), printable($0.target), printable($0.answer)] }
    for line in Table.text(rows).split(separator: "\n") { text += "    \(line)\n" }
    if let messageID = channel.messageID { text += "  Message-ID \(printable(messageID))\n" }
    for note in channel.notes { text += "  note: \(printable(note))\n" }
    return text
  }

  private static func line(of exception: HandledException) -> String {
    let did =
      switch exception.outcome {
      case .finished: "took the exception and finished"
      case .rethrown: "took the exception and gave it on"
      case .escalated: "took the exception and escalated"
      case .failed(let failure): "failed itself: \(failure.explanation.summary)"
      }
    return "  exception subprocess '\(printable(exception.name))' of '\(printable(exception.processName))' \(did)\n"
  }

  static func word(for status: ChannelReport.Delivery.Status) -> String {
    switch status {
    case .accepted: "accepted"
    case .alreadySent: "already sent"
    case .refused: "refused"
    case .deferred: "deferred"
    case .inDoubt: "in doubt"
    case .notSent: "not sent"
    }
  }

  private static func summary(of report: RunReport) -> String {
    let time = "(\(seconds(report.duration)) s)"
    if let poll = report.poll {
      let isDry = poll.count(.shown) > 0 ? ", dry run: nothing was sent or changed" : ""
      return "\(report.status.rawValue)\(isDry) \(time)"
    }
    guard report.failure != nil else {
      let isDry = report.deliveryCount(.notSent) > 0
      return "\(report.status.rawValue)\(isDry ? ", dry run: nothing was sent" : "") \(time)"
    }
    let counts = [
      count(.refused, "refused for good", report), count(.deferred, "refused for now", report),
      count(.inDoubt, "in doubt", report),
    ].compactMap { $0 }
    let part = report.reachedSomeone ? " in part" : ""
    return "\(report.status.rawValue)\(part)\(counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")) \(time)"
  }

  private static func count(
    _ status: ChannelReport.Delivery.Status, _ words: String, _ report: RunReport
  ) -> String? {
    let number = report.deliveryCount(status)
    let total = report.deliveries.count + report.furtherDeliveries.values.reduce(0, +)
    return number == 0 ? nil : "\(number) of \(total) recipient\(total == 1 ? "" : "s") \(words)"
  }

  /// Two decimals.
  static func seconds(_ duration: Duration) -> String {
    let hundredths = duration.components.seconds * 100 + duration.components.attoseconds / 10_000_000_000_000_000
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  private static func printable(_ text: String) -> String { PrintableText.escaping(text) }
}
