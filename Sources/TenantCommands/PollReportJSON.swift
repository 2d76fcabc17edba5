import FlowEngine
import TenantBase
import TenantRuntime

/// What a poll did, for programs; the shape is in docs/formats/command-output.md.
enum PollReportJSON {
  static func value(of report: PollReport) -> JSONValue {
    let sender = report.sender
    return [
      "channel": [
        "name": .string(sender.channelName),
        "adapter": .string(sender.adapterType),
        "direction": "sender",
        "endpoint": .string(sender.endpoint),
        "folder": .string(sender.folder),
        "protection": .string(report.facts.protection),
        "login": .string(report.facts.login),
        "credentialName": sender.credentialName.isEmpty ? .null : .string(sender.credentialName),
        "notes": .strings(report.facts.notes + report.notes),
      ],
      "messages": .array(report.messages.map(message)),
      "doneBefore": .number(report.doneBefore),
      "left": .number(report.left),
    ]
  }

  private static func message(_ message: PolledMessage) -> JSONValue {
    [
      "uid": .string(message.uid),
      "status": .string(message.status.rawValue),
      "entry": .optional(message.entry.map { Int(clamping: $0.rawValue) }),
      "from": .string(message.from),
      "subject": .string(message.subject),
      "messageId": .optional(message.messageID),
      "size": .optional(message.size),
      "attempt": .number(message.attempt),
      "reason": .string(message.reason),
      "error": message.failure.map { RunReportJSON.error($0.explanation) } ?? .null,
      "postProcessing": message.postProcessing.map(postProcessing) ?? .null,
      "run": message.run.map(run) ?? .null,
    ]
  }

  private static func postProcessing(_ done: PolledMessage.PostProcessing) -> JSONValue {
    [
      "action": .string(done.intent.action.rawValue),
      "folder": .optional(done.intent.target),
      "done": .bool(done.failure == nil),
      "error": done.failure.map { RunReportJSON.error($0.explanation) } ?? .null,
    ]
  }

  private static func run(_ report: RunReport) -> JSONValue {
    [
      "runId": .string(report.runID),
      "status": .string(report.status.rawValue),
      "startedAt": .string(report.startedAt.description),
      "durationMilliseconds": .number(RunDuration.milliseconds(report.duration)),
      "channels": .array(report.channels.map(RunReportJSON.channel)),
      "path": .array(report.path.elements.map(RunReportJSON.element)),
      "pathLength": .number(report.path.count),
      "exceptionSubprocesses": .array(report.handledExceptions.map(RunReportJSON.handled)),
      "error": report.failure.map { RunReportJSON.error($0.explanation) } ?? .null,
    ]
  }
}
