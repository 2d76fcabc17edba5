import FlowEngine
import FlowModel
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
      "durationMilliseconds": .number(RunDuration.milliseconds(report.duration)),
      "exitCode": .number(Int(exitCode.rawValue)),
      "channels": .array(report.channels.map(channel)),
      "path": .array(report.path.elements.map(element)),
      "pathLength": .number(report.path.count),
      "poll": report.poll.map(PollReportJSON.value) ?? .null,
      "error": report.failure.map { error($0.explanation) } ?? .null,
      "furtherErrors": .array(report.furtherFailures.map { error($0.explanation) }),
      "exceptionSubprocesses": .array(report.handledExceptions.map(handled)),
      "furtherDeliveries": .object(
        ChannelReport.Delivery.Status.allCases.compactMap { status in
          report.furtherDeliveries[status].map { JSONValue.Member(status.rawValue, .number($0)) }
        }),
    ]
  }

  static func element(_ element: PassedElement) -> JSONValue {
    [
      "element": .string(element.elementID), "name": .string(element.name), "type": .string(element.type.rawValue),
      "route": .optional(element.route), "lineage": .array(element.lineage.map { .number($0) }),
      "durationMilliseconds": .number(RunDuration.milliseconds(element.duration)), "failed": .bool(element.failed),
    ]
  }

  static func handled(_ exception: HandledException) -> JSONValue {
    [
      "name": .string(exception.name), "id": .string(exception.elementID),
      "process": .string(exception.processName), "outcome": .string(word(for: exception.outcome)),
      "caught": error(exception.failure.explanation),
    ]
  }

  static func word(for outcome: HandledException.Outcome) -> String {
    switch outcome {
    case .finished: "finished"
    case .rethrown: "rethrown"
    case .escalated: "escalated"
    case .failed: "failed"
    }
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
}
