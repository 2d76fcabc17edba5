import FlowEngine
import MIME
import SMTP
import TenantBase

/// Deliveries that a source message causes: written down before they leave, so that a repeated run repeats nothing that
/// was accepted.
extension MailReceiver {
  /// - Parameter initial: what is known of the channel.
  func deliver(
    _ exchange: Exchange, _ key: DeliveryKey, journal: any DeliveryJournal, in run: FlowRun,
    report initial: ChannelReport
  ) async -> ReceiverOutcome {
    var report = initial
    var credential: MailCredential?
    do {
      let mail: JournaledMail
      if let found = try journal.find(key) {
        mail = try read(found, isNew: false)
      } else {
        // What is missing here is found before anything is written down.
        credential = try allowedCredential()
        mail = try begin(exchange, key, journal, in: run, &report)
      }
      report.messageID = mail.delivery.messageID
      guard !mail.open.isEmpty else {
        report.deliveries = mail.deliveries(after: [:])
        return ReceiverOutcome(report: report, failure: failure(ofJournaled: report, key.source, credential))
      }
      if credential == nil { credential = try allowedCredential() }
      return try await send(mail, journal, in: run, as: credential, report: report)
    } catch {
      return ReceiverOutcome(report: report, failure: failure(from: error, credential))
    }
  }

  private func read(_ delivery: JournaledDelivery, isNew: Bool) throws -> JournaledMail {
    guard let stored = try JournaledEnvelope(bytes: delivery.envelope),
      stored.envelope.recipients.count == delivery.targets.count
    else {
      throw FlowFailure(
        .channelFailed, class: .permanent, Explanation("the envelope in the journal cannot be read"))
    }
    return JournaledMail(delivery, stored, onDoubt: settings.envelope.onDoubt, isNew: isNew)
  }

  private func begin(
    _ exchange: Exchange, _ key: DeliveryKey, _ journal: any DeliveryJournal, in run: FlowRun,
    _ report: inout ChannelReport
  ) throws -> JournaledMail {
    let composed = try compose(exchange, in: run) { recipients in
      try journal.token(for: key, flowVersion: run.flowVersion, targets: recipients.map(\.specification))
    }
    let holds = settings.envelope.onDoubt == .hold
    var reader = composed.mail.makeReader()
    let delivery = try journal.begin(
      NewDelivery(
        flowName: run.flowName, flowVersion: run.flowVersion, channelName: settings.channelName,
        token: composed.deliveryToken ?? "", messageID: composed.mail.messageID,
        envelope: JournaledEnvelope(composed).bytes,
        targets: composed.envelope.recipients.map(\.address.specification), holdsDoubt: holds,
        nextChunk: { try reader.nextChunk() }),
      for: key,
      // A doubt that is resent anyway needs no mark of its own when the sending begins.
      isSending: !holds, now: run.now())
    // Known only now: a large body is converted while it is read.
    report.notes += composed.notes
    return try read(delivery, isNew: true)
  }

  private func send(
    _ mail: JournaledMail, _ journal: any DeliveryJournal, in run: FlowRun, as credential: MailCredential?,
    report initial: ChannelReport
  ) async throws -> ReceiverOutcome {
    var report = initial
    let composed = mail.composed(try journal.content(of: mail.delivery))
    if mail.repeatsDoubt {
      report.notes.append("repeats a mail whose outcome nobody knows, with the same Message-ID")
    }
    if !mail.positionsToMark.isEmpty {
      try journal.record(
        Dictionary(uniqueKeysWithValues: mail.positionsToMark.map { ($0, .init(.sending)) }), in: mail.delivery.number,
        now: run.now())
    }
    let outcome = try await perform(composed, as: credential)
    report.take(outcome.facts)
    let outcomes: [Int: DeliveryTarget.Outcome]
    let problem: FlowFailure?
    switch outcome.result {
    case .success(let delivered):
      report.take(delivered)
      outcomes = mail.outcomes(of: delivered)
      report.deliveries = mail.deliveries(after: outcomes)
      problem = failure(ofJournaled: report, mail.delivery.key.source, credential)
    case .failure(let error):
      outcomes = mail.outcomes(of: error)
      report.deliveries = mail.deliveries(after: outcomes)
      problem = failure(from: error, credential)
    }
    do { try journal.record(outcomes, in: mail.delivery.number, now: run.now()) } catch {
      return ReceiverOutcome(report: report, failure: failure(ofLostOutcome: error, report, credential))
    }
    // The outcome is on disk: nothing of the copy can change it.
    await keepCopy(of: composed.mail, &report)
    return ReceiverOutcome(report: report, failure: problem)
  }

  /// The server has spoken, and the disk did not take it down.
  private func failure(
    ofLostOutcome error: any Error, _ report: ChannelReport, _ credential: MailCredential?
  ) -> FlowFailure {
    let cause = (error as? any ExplainedError)?.description ?? "\(error)"
    guard report.deliveries.contains(where: { $0.status == .accepted || $0.status == .inDoubt }) else {
      return failure(from: error, credential)
    }
    return FlowFailure(
      .channelFailed, class: .outcomeUnknown,
      Explanation(
        "the mail was sent, and that could not be written down", places: places(credential), cause: cause,
        hints: ["the next attempt may send it again, with the same Message-ID"]))
  }

  // MARK: the whole

  /// Nil when every recipient has accepted, now or before.
  ///
  /// What can be sent again without harm comes first: the others are told when nothing of that is left.
  private func failure(
    ofJournaled report: ChannelReport, _ source: SourceMessageID, _ credential: MailCredential?
  ) -> FlowFailure? {
    func failed(_ status: ChannelReport.Delivery.Status) -> [ChannelReport.Delivery] {
      report.deliveries.filter { $0.status == status }
    }
    let server = settings.connection.server
    let (list, failureClass, verb): ([ChannelReport.Delivery], FailureClass, String)
    if !failed(.deferred).isEmpty {
      (list, failureClass, verb) = (failed(.deferred), .temporary, "\(server) does not take the mail now for")
    } else if !failed(.inDoubt).isEmpty {
      (list, failureClass, verb) = (failed(.inDoubt), .outcomeUnknown, "\(server) may have taken the mail or not:")
    } else if !failed(.refused).isEmpty {
      (list, failureClass, verb) = (failed(.refused), .permanent, "\(server) refused")
    } else {
      return nil
    }
    let first = list.first.map { "\($0.target) (\($0.answer))" } ?? ""
    let more = list.count > 1 ? " and \(list.count - 1) more" : ""
    var explanation = Explanation("\(verb) \(first)\(more)", places: places(credential))
    if failureClass == .outcomeUnknown {
      explanation.hints =
        settings.envelope.onDoubt == .hold
        ? [
          "ask a recipient; when the mail has not arrived: tenant messages retry \(source.rawValue)",
          "or give it up: tenant messages drop \(source.rawValue)",
        ]
        : ["the next attempt sends it again, with the same Message-ID"]
    }
    return FlowFailure(.channelFailed, class: failureClass, explanation)
  }
}
