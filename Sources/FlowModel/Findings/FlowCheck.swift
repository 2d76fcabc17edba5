import Expressions
import TenantBase

/// Reads a whole flow for what would keep it from running, or from doing what was meant. Connects to nothing.
package struct FlowCheck: Sendable {
  private let capabilities: Capabilities
  private let channelChecks: [any ChannelCheck]
  private let stepChecks: [any StepCheck]
  private let now: Timestamp
  private let timeZones: TimeZoneDatabase

  /// - Parameters:
  ///   - now: against which schedules are in the past.
  ///   - timeZones: in which the schedules' zones are looked up.
  package init(
    capabilities: Capabilities, channelChecks: [any ChannelCheck] = [], stepChecks: [any StepCheck] = [],
    now: Timestamp, timeZones: TimeZoneDatabase
  ) {
    self.capabilities = capabilities
    self.channelChecks = channelChecks
    self.stepChecks = stepChecks
    self.now = now
    self.timeZones = timeZones
  }

  /// All findings, in the order of the file's lines.
  package func findings(for flow: IntegrationFlow) -> [Finding] {
    let reach = FlowReach(flow)
    var result = flow.readingFindings
    result += FlowStructureCheck(flow: flow, reach: reach).findings()
    for element in flow.allElements {
      result += capabilityFindings(element, isReachable: reach.contains(element))
      result += ElementExpressionCheck.findings(for: element)
      // What no message reaches is told as such; it is not made for a run either.
      for check in stepChecks where reach.contains(element) && check.covers(element.type) {
        result += check.findings(for: element, in: flow)
      }
      if case .start(.timer(let schedule)) = element.kind {
        let throwsOnExpiry = element.properties.flag("throwExceptionOnExpiry") ?? true
        result += scheduleFindings(schedule, .init(element), element.properties, throwsOnExpiry: throwsOnExpiry)
      }
    }
    for process in flow.processes {
      for arrow in process.scope.allScopes.flatMap(\.sequenceFlows) {
        guard let condition = arrow.condition else { continue }
        result += ExpressionFindings.findings(condition, .init(.route, name: arrow.name, id: arrow.id))
      }
    }
    for channel in flow.channels { result += findings(for: channel, in: flow, reach) }
    return Self.sorted(result)
  }

  private static func sorted(_ findings: [Finding]) -> [Finding] {
    let numbered = findings.enumerated()
    return numbered.sorted { left, right in
      let (first, second) = (left.element.place, right.element.place)
      return (first.file, first.line ?? 0, left.offset) < (second.file, second.line ?? 0, right.offset)
    }.map(\.element)
  }

  private func capabilityFindings(_ element: FlowElement, isReachable: Bool) -> [Finding] {
    guard isReachable, !capabilities.canRun(element.type) else { return [] }
    let reason =
      element.type.isKnown ? "this kind of step cannot run yet" : "no step of this kind is known"
    return [Finding(.error, "step-unsupported", at: element.place, .init(element), reason)]
  }

  private func findings(for channel: Channel, in flow: IntegrationFlow, _ reach: FlowReach) -> [Finding] {
    var result: [Finding] = []
    let subject = Finding.Subject(channel)
    let element = channel.elementID.flatMap { id in flow.allElements.first { $0.id == id } }
    guard let element else {
      return [
        Finding(
          .warning, "channel-dangling", at: channel.place, subject, "the channel is connected to no step or event")
      ]
    }
    guard reach.contains(element) else {
      return [Finding(.warning, "channel-unreachable", at: channel.place, subject, "no message reaches the channel")]
    }
    if !capabilities.canRun(channel.type) {
      result.append(
        Finding(
          .error, "adapter-unsupported", at: channel.place, subject,
          "the adapter \(channel.type.description) cannot run yet",
          remedy: channel.type.direction == .receiver
            ? "to try the flow, let a file play the partner: tenant run-iflow FLOW --answer "
              + ShellText.quoted("\(PrintableText.escaping(channel.name.isEmpty ? channel.id : channel.name))=FILE")
            : nil))
    }
    if let property = channel.properties.property("scheduleKey"), channel.type.direction == .sender {
      let schedule: Result<Schedule, FlowModelError>
      do throws(FlowModelError) {
        schedule = .success(try Schedule(table: property.value, place: property.place))
      } catch { schedule = .failure(error) }
      let throwsOnExpiry = channel.properties.flag("throwExceptionOnExpiry") ?? true
      result += scheduleFindings(schedule, subject, channel.properties, throwsOnExpiry: throwsOnExpiry)
    }
    for check in channelChecks where check.covers(channel.type) { result += check.findings(for: channel, in: flow) }
    return result
  }

  private func scheduleFindings(
    _ schedule: Result<Schedule, FlowModelError>, _ subject: Finding.Subject, _ properties: FlowProperties,
    throwsOnExpiry: Bool
  ) -> [Finding] {
    switch schedule {
    case .failure(let error):
      // A parameter without value is reported as such.
      if properties["scheduleKey"]?.contains("{{") == true { return [] }
      return [Finding(.error, "schedule-unreadable", at: error.place, subject, error.description)]
    case .success(let schedule):
      guard let zone = timeZones.zone(named: schedule.timeZone) else {
        return [
          Finding(
            .error, "schedule-zone-unknown", at: schedule.place, subject,
            "the schedule's time zone '\(schedule.timeZone)' is not known")
        ]
      }
      let earlier = Timestamp(seconds: now.seconds - 1)
      guard schedule.next(after: earlier, deployed: now, in: zone) == nil else { return [] }
      return [
        Finding(
          throwsOnExpiry ? .error : .warning, "schedule-past", at: schedule.place, subject,
          "the schedule lies in the past and never fires")
      ]
    }
  }
}
