import FlowEngine
import MIME
import SMTP
import TenantBase

/// What came of a delivery, in the words of the channel.
extension MailReceiver {
  /// Nil when every recipient was accepted.
  func failure(of delivery: SMTPOutcome, _ credential: MailCredential?) -> FlowFailure? {
    guard let failureClass = delivery.failureClass else { return nil }
    let failed = delivery.recipients.map { ChannelReport.Delivery($0) }.filter { $0.status != .accepted }
    let first = failed.first.map { "\($0.target) (\($0.answer))" } ?? ""
    let more = failed.count > 1 ? " and \(failed.count - 1) more" : ""
    let server = settings.connection.server
    let verb =
      switch failureClass {
      case .outcomeUnknown: "\(server) may have taken the mail or not:"
      case .temporary: "\(server) does not take the mail now for"
      default: "\(server) refused"
      }
    var explanation = Explanation("\(verb) \(first)\(more)", places: places(credential))
    if failureClass == .outcomeUnknown {
      explanation.hints = ["ask a recipient before sending again: a repetition may arrive twice"]
    }
    return FlowFailure(.channelFailed, class: failureClass, explanation)
  }

  func failure(from error: any Error, _ credential: MailCredential?) -> FlowFailure {
    guard let explained = error as? any ExplainedError else {
      return FlowFailure(
        .channelFailed, class: .permanent,
        Explanation("the mail could not be sent", places: places(credential), cause: "\(error)"))
    }
    let kind = (explained as? FlowFailure)?.kind ?? .channelFailed
    var failure = FlowFailure(kind, from: explained, places: places(credential))
    if let error = explained as? SMTPError, error.kind == .loginRefused, error.failureClass == .refused,
      let command = credential?.replacement
    {
      var explanation = failure.explanation
      explanation.hints.append("replace the stored password with: \(command)")
      failure = FlowFailure(failure.kind, class: failure.failureClass, explanation)
    }
    return failure
  }

  func places(_ credential: MailCredential?) -> [String] {
    guard let login = settings.connection.login else { return [title] }
    let origin = credential.map { " (\($0.origin))" } ?? ""
    return [title, "credential '\(PrintableText.escaping(login.credentialName))'\(origin)"]
  }
}

extension ChannelReport {
  mutating func take(_ delivery: SMTPOutcome) {
    deliveries = delivery.recipients.map { Delivery($0) }
    answer = delivery.finalReply?.text ?? ""
    if delivery.notes.contains(.deliveryReportsNotOffered) {
      notes.append("the server has no delivery reports (DSN): none was asked for")
    }
  }
}

extension ChannelReport.Delivery {
  init(_ recipient: SMTPOutcome.RecipientOutcome) {
    let target = recipient.address.specification
    switch recipient.outcome {
    case .accepted(let reply): self.init(target: target, status: .accepted, answer: reply.text)
    case .refused(let reply): self.init(target: target, status: .refused, answer: reply.text)
    case .refusedForNow(let reply): self.init(target: target, status: .deferred, answer: reply.text)
    case .inDoubt(let reason): self.init(target: target, status: .inDoubt, answer: reason)
    }
  }
}
