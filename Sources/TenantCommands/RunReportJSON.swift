import FlowEngine
import TenantBase
import TenantRuntime

/// The report of a run for programs; the shape is in docs/formats/command-output.md.
enum RunReportJSON {
  static func value(of report: RunReport, exitCode: ExitCode) -> JSONValue {
    [
      "flow": .string(report.flowName),
      "runId": .string(report.runID),
      "trigger": .string(report.trigger.title),
      "status": .string(report.status.rawValue),
      "startedAt": .string(report.startedAt.description),
      "durationMilliseconds": .number(milliseconds(report.duration)),
      "exitCode": .number(Int(exitCode.rawValue)),
      "channels": .array(report.channels.map(channel)),
      "poll": report.poll.map(PollReportJSON.value) ?? .null,
      "error": report.failure.map { error($0.explanation) } ?? .null,
    ]
  }

  static func channel(_ channel: ChannelReport) -> JSONValue {
    [
      "name": .string(channel.channelName),
      "adapter": .string(channel.adapterType),
      "direction": "receiver",
      "endpoint": .string(channel.endpoint),
      "protection": .string(channel.protection),
      "login": .string(channel.login),
      "credentialName": channel.credentialName.isEmpty ? .null : .string(channel.credentialName),
      "messageId": .optional(channel.messageID),
      "answer": .string(channel.answer),
      "deliveries": .array(
        channel.deliveries.map { delivery in
          [
            "target": .string(delivery.target), "status": .string(delivery.status.rawValue),
            "answer": .string(delivery.answer),
          ]
        }),
      "notes": .strings(channel.notes),
      "preview": .optional(channel.preview),
    ]
  }

  static func error(_ explanation: Explanation) -> JSONValue {
    [
      "summary": .string(explanation.summary),
      "places": .strings(explanation.places),
      "cause": .optional(explanation.cause),
      "hints": .strings(explanation.hints),
    ]
  }

  static func milliseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
  }
}
