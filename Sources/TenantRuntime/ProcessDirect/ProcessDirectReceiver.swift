import Expressions
import FlowEngine
import FlowModel
import System
import TenantBase

/// A ProcessDirect receiver channel: runs another flow of the home with the exchange, and waits for it.
///
/// Body, headers and attachments go there and come back; properties stay. What fails there without being dealt with fails here.
struct ProcessDirectReceiver: ReceiverAdapter {
  /// Flows that call one another, one within the other.
  static let depthLimit = 20

  let channel: Channel
  let address: ExpressionTemplate
  let flows: ProcessDirectFlows
  let runner: @Sendable (FlowPlan) -> FlowRunner
  /// Ends what the called run has written: it is a run of its own.
  let endState: @Sendable (FlowRun, RunResult) -> FlowFailure?

  func deliver(_ exchange: Exchange, at point: DeliveryPoint, in run: FlowRun) async -> ReceiverOutcome {
    var report = ChannelReport(channelName: channel.name, adapterType: ProcessDirectFlows.adapter, endpoint: "")
    do {
      let target = try address.evaluate(in: ExchangeView(of: exchange, in: run))
      report = ChannelReport(
        channelName: channel.name, adapterType: ProcessDirectFlows.adapter, endpoint: ProcessDirectFlows.shown(target))
      guard run.callDepth < Self.depthLimit else {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation("flows call one another \(Self.depthLimit) deep, and were stopped at '\(report.endpoint)'"))
      }
      let consumer = try flows.consumer(at: target)
      let called = run.called(consumer.plan.flowName, id: RandomIdentifier.hex(byteCount: 16))
      let result = await runner(consumer.plan).execute(
        Self.message(exchange, at: point, for: called), from: consumer.start, in: called)
      let stateFailure = endState(called, result)
      run.adopt(called)
      report.answer = "flow '\(PrintableText.escaping(consumer.plan.flowName))' \(result.status.rawValue)"
      if let failure = result.uncaughtFailure ?? stateFailure {
        return ReceiverOutcome(report: report, failure: self.failure(from: failure, consumer.plan.flowName))
      }
      if let leftOut = result.raisedFailure {
        // The called flow went on without it and has its result; for the source of the message it stays undone.
        run.recordLeftOut(failure(from: leftOut, consumer.plan.flowName))
      } else if let handled = result.failure {
        run.warn("\(report.answer), and dealt with it: \(handled.explanation.summary)")
      }
      return ReceiverOutcome(report: report, failure: nil, reply: Self.reply(result.exchange))
    } catch let error as any ExplainedError {
      return ReceiverOutcome(report: report, failure: FlowFailure(.channelFailed, from: error, places: [channel.title]))
    } catch {
      return ReceiverOutcome(
        report: report, failure: FlowFailure(.channelFailed, class: .permanent, Explanation("\(error)")))
    }
  }

  private func failure(from failure: FlowFailure, _ flowName: String) -> FlowFailure {
    FlowFailure(
      failure.kind, from: failure, places: ["flow '\(PrintableText.escaping(flowName))'", channel.title])
  }

  private static func message(_ exchange: Exchange, at point: DeliveryPoint, for run: FlowRun) -> Exchange {
    var message = Exchange(id: run.id)
    message.body = exchange.body
    message.headers = exchange.headers
    message.attachments = exchange.attachments
    message.sourceMessage = exchange.sourceMessage
    message.properties["SAP_MessageProcessingLogID"] = .text(run.id)
    // Its deliveries must not be taken for those of the calling flow, nor for those of another call.
    message.lineage = exchange.lineage + [digest(of: point.elementID, run.flowName), point.ordinal]
    return message
  }

  /// The same in every run: FNV-1a of both names. A digest as a number that no count of parts comes near to.
  private static func digest(of elementID: String, _ flowName: String) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in elementID.utf8 + [0] + flowName.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash | 1 << 63)
  }

  private static func reply(_ exchange: Exchange) -> ReceiverReply {
    var reply = ReceiverReply(body: exchange.body)
    reply.headers = exchange.headers.names.map { ($0, exchange.headers[$0] ?? .null) }
    reply.attachments = exchange.attachments
    return reply
  }
}

/// Makes ProcessDirect receiver channels.
struct ProcessDirectReceiverFactory: ReceiverAdapterFactory {
  static let type = AdapterType(ProcessDirectFlows.adapter, .receiver)

  let flows: ProcessDirectFlows
  let runner: @Sendable (FlowPlan) -> FlowRunner
  let endState: @Sendable (FlowRun, RunResult) -> FlowFailure?

  var type: AdapterType { Self.type }

  /// A fixed address must have its flow now; an address by expression is looked up for each message.
  func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter {
    let address = ProcessDirectFlows.address(of: channel)
    let place = channel.properties.place(of: "address").description
    guard !address.isEmpty else {
      throw FlowFailure(
        .invalidFlow, class: .configuration, Explanation("\(channel.title): the address is empty", places: [place]))
    }
    let template: ExpressionTemplate
    do throws(ExpressionError) { template = try ExpressionTemplate(address) } catch {
      throw FlowFailure(.invalidFlow, from: error, places: [place])
    }
    if template.constant != nil {
      do throws(FlowFailure) { try flows.prepare(address) } catch {
        throw FlowFailure(error.kind, from: error, places: [place, channel.title])
      }
    }
    return ProcessDirectReceiver(channel: channel, address: template, flows: flows, runner: runner, endState: endState)
  }
}
