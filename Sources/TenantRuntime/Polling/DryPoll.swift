import FlowEngine
import TenantBase

/// A poll that changes nothing, here or at the source: shows what would be taken and what would leave.
struct DryPoll {
  let sender: any SenderAdapter
  /// What the ledger knows; nil when there is none yet.
  let records: (any MessageRecords)?
  var limits = PollLimits()
  let process: @Sendable (Exchange) async -> RunReport

  func run() async -> PollReport {
    var report = PollReport(sender: sender.description)
    do {
      let folder = try sender.source().folder
      let session = try await sender.open(isReadOnly: true)
      report.facts = await session.facts
      do {
        try await look(session, known: try known(in: folder), &report)
      } catch { report.failure = FlowFailure(ofPoll: error) }
      await session.close()
    } catch { report.failure = FlowFailure(ofPoll: error) }
    return report
  }

  private func known(in folder: SourceFolder) throws -> [String: MessageRecord] {
    let all = try records?.records(in: Set(SourceMessageState.allCases), limit: .max) ?? []
    return Dictionary(
      all.filter { $0.folder == folder && !$0.hasVoidUID }.map { ($0.identity.uid, $0) }, uniquingKeysWith: { $1 })
  }

  private func look(
    _ session: any SenderSession, known: [String: MessageRecord], _ report: inout PollReport
  ) async throws {
    let uids = try await session.matches()
    let most = sender.description.messagesPerPoll
    var wanted: [SourceIdentity] = []
    var looked = 0
    while looked < uids.count, wanted.count < most {
      let chunk = uids[looked..<min(uids.count, looked + limits.summaries)]
      looked += chunk.count
      for candidate in try await session.candidates(of: Array(chunk)) {
        let state = known[candidate.identity.uid].flatMap {
          $0.identity.contradicts(candidate.identity) ? nil : $0.state
        }
        if state?.isSettled ?? false || state == .processed || state == .postProcessing {
          report.doneBefore += 1
        } else if let refusal = candidate.refusal {
          report.messages.append(PolledMessage(uid: candidate.identity.uid, status: .skipped, reason: refusal))
        } else {
          wanted.append(candidate.identity)
        }
      }
    }
    report.left = max(0, wanted.count - most) + uids.count - looked
    for batch in MessageBatch.batches(of: wanted.prefix(most), limits: limits) {
      try await show(batch, session, &report)
    }
  }

  private func show(_ batch: MessageBatch, _ session: any SenderSession, _ report: inout PollReport) async throws {
    let read = await BatchReading(batch, from: session).result()
    for identity in batch.identities {
      try Task.checkCancellation()
      var message = PolledMessage(uid: identity.uid, status: .shown)
      message.size = identity.size
      switch read.messages[identity.uid] {
      case nil where read.failure != nil: continue
      case nil:
        message.status = .skipped
        message.reason = read.reasons[identity.uid] ?? "the server gave no content"
      case .failure(let failure): throw failure
      case .success(let raw):
        message.from = raw.content.from
        message.subject = raw.content.subject
        message.messageID = raw.content.messageID
        do throws(FlowFailure) {
          message.run = await process(try sender.exchange(of: raw, id: FlowRuntime.newID()))
        } catch { message.failure = error }
      }
      report.messages.append(message)
    }
    if let failure = read.failure { throw failure }
  }
}
