import FlowEngine
import MIME
import SMTP
import TenantBase

/// A mail of the journal: what of it is to be sent now, and what a report says of the rest.
struct JournaledMail: Sendable {
  let delivery: JournaledDelivery
  let stored: JournaledEnvelope
  /// It was stored a moment ago: nothing of it has left yet, whatever its states say.
  let isNew: Bool
  /// Positions of the recipients that get the mail now.
  let open: [Int]
  /// Positions of recipients that wait for a person.
  let held: [Int]

  init(
    _ delivery: JournaledDelivery, _ stored: JournaledEnvelope, onDoubt: MailEnvelopeSettings.DoubtPolicy, isNew: Bool
  ) {
    self.delivery = delivery
    self.stored = stored
    self.isNew = isNew
    var open: [Int] = []
    var held: [Int] = []
    for (position, target) in delivery.targets.enumerated() {
      switch target.outcome.state {
      case .pending, .deferred: open.append(position)
      case .sending, .inDoubt:
        if isNew || onDoubt == .resend { open.append(position) } else { held.append(position) }
      case .sent, .refused: break
      }
    }
    self.open = open
    self.held = held
  }

  /// A mail leaves a second time, because nobody knows what became of the first.
  var repeatsDoubt: Bool {
    !isNew && open.contains { [.sending, .inDoubt].contains(delivery.targets[$0].outcome.state) }
  }

  /// Those whose state on disk does not say yet that something may be leaving.
  var positionsToMark: [Int] { open.filter { delivery.targets[$0].outcome.state != .sending } }

  func composed(_ content: MessageBody) -> ComposedMail {
    var envelope = stored.envelope
    envelope.recipients = open.map { stored.envelope.recipients[$0] }
    return ComposedMail(
      mail: OutgoingMail(
        stored: content.source, messageID: delivery.messageID, needs8BitMIME: stored.needs8BitMIME,
        needsSMTPUTF8: stored.needsSMTPUTF8), envelope: envelope, deliveryToken: delivery.token, notes: [])
  }

  /// The states of the open recipients after their server has spoken; as many as there are of them.
  func outcomes(of sent: SMTPOutcome) -> [Int: DeliveryTarget.Outcome] {
    var outcomes: [Int: DeliveryTarget.Outcome] = [:]
    for (position, recipient) in zip(open, sent.recipients) {
      outcomes[position] =
        switch recipient.outcome {
        case .accepted(let reply): .init(.sent, answer: reply.text)
        case .refused(let reply): .init(.refused, answer: reply.text)
        case .refusedForNow(let reply): .init(.deferred, answer: reply.text)
        case .inDoubt(let reason): .init(.inDoubt, answer: reason)
        }
    }
    return outcomes
  }

  /// The same where nobody can have got the mail. A mail over the server's size is refused: it gets no smaller.
  func outcomes(of error: any Error) -> [Int: DeliveryTarget.Outcome] {
    let reason = (error as? any ExplainedError)?.description ?? "\(error)"
    let isTooLarge = (error as? SMTPError).map { $0.kind == .messageTooLarge && $0.failureClass == .permanent } ?? false
    return Dictionary(
      uniqueKeysWithValues: open.map { ($0, .init(isTooLarge ? .refused : .deferred, answer: reason)) })
  }

  /// Every recipient in the envelope's order; `outcomes` are those of this attempt.
  func deliveries(after outcomes: [Int: DeliveryTarget.Outcome]) -> [ChannelReport.Delivery] {
    delivery.targets.enumerated().map { position, target in
      if let outcome = outcomes[position] {
        return ChannelReport.Delivery(
          target: target.name, status: Self.status(outcome.state), answer: outcome.answer)
      }
      let answer = target.outcome.answer
      switch target.outcome.state {
      case .sent: return .init(target: target.name, status: .alreadySent, answer: answer)
      case .refused: return .init(target: target.name, status: .refused, answer: answer)
      case .pending, .deferred: return .init(target: target.name, status: .deferred, answer: answer)
      case .sending, .inDoubt:
        let words = answer.isEmpty ? "the program ended while it was sent" : answer
        return .init(target: target.name, status: .inDoubt, answer: "held: \(words)")
      }
    }
  }

  private static func status(_ state: DeliveryTarget.State) -> ChannelReport.Delivery.Status {
    switch state {
    case .sent: .accepted
    case .refused: .refused
    case .pending, .deferred: .deferred
    case .sending, .inDoubt: .inDoubt
    }
  }
}
