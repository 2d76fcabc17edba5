import FlowEngine
import FlowModel
import MailAdapters
import System
import TenantBase

/// Runs that a sender channel starts.
extension FlowRuntime {
  /// What a run needs to know of its flow.
  struct Prepared: Sendable {
    let plan: FlowPlan
    let start: FlowStart
    let assembly: FlowAssembly
    let flowVersion: String
    let options: RunOptions
    let home: TenantHome
  }

  /// A message from a file that a person gives, as if the sender had fetched it.
  func runFile(_ body: MessageBody, through sender: any SenderAdapter, _ prepared: Prepared) async throws -> RunReport {
    let message = try sender.message(of: body)
    let id = Self.newID()
    var exchange: Exchange
    do throws(FlowFailure) { exchange = try sender.exchange(of: message, id: id) } catch {
      return RunReport(
        flowName: prepared.plan.flowName, runID: id, trigger: prepared.start.trigger, startedAt: Self.now(),
        duration: .zero, failure: error)
    }
    exchange.attachments += prepared.options.attachments
    return await execute(prepared, exchange)
  }

  /// Polls once.
  func poll(_ sender: any SenderAdapter, _ prepared: Prepared) async throws -> RunReport {
    let clock = ContinuousClock()
    let (began, startedAt) = (clock.now, Self.now())
    let plan = prepared.plan
    var report: PollReport
    if prepared.options.isDryRun {
      report = await DryPoll(
        sender: sender, records: try HomeLedger.records(home: prepared.home),
        process: { await execute(prepared, $0) }
      ).run()
    } else {
      let ledger = try HomeLedger.open(home: prepared.home)
      let spool = prepared.home.dataFolder
      report = await SenderPoll(
        sender: sender, ledger: ledger, locks: ledger, flowName: plan.flowName, now: Self.now,
        freeBytes: { FreeSpace.bytes(at: spool) },
        process: { await execute(prepared, $0, journal: ledger) }
      ).run()
    }
    report.complete(prepared.home)
    return RunReport(
      flowName: plan.flowName, runID: Self.newID(), trigger: prepared.start.trigger,
      startedAt: startedAt, duration: began.duration(to: clock.now),
      failure: report.failure.map {
        FlowFailure(
          $0.kind, class: $0.failureClass,
          $0.explanation.within("cannot poll for '\(PrintableText.escaping(plan.flowName))'"))
      }, poll: report)
  }

  @Sendable static func now() -> Timestamp { Timestamp(milliseconds: WallTime.now.milliseconds) }

  /// Why a flow cannot be started as it is: its mails cannot be fetched yet, and nobody gave one.
  static func refusal(ofStarting channel: Channel) -> RunRefusal {
    RunRefusal(
      failureClass: .configuration,
      explanation: Explanation(
        "the adapter \(channel.type.description) cannot fetch mails yet",
        places: [channel.place.description, channel.title], hints: ["give a message: --body FILE"]))
  }
}
