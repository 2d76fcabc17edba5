import FlowEngine
import FlowModel
import MIME
import SASL
import SMTP
import System
import TenantBase
import Transport
import Wire

/// A mail receiver channel: composes a mail from each exchange and hands it to the channel's SMTP server.
struct MailReceiver: ReceiverAdapter {
  /// The longest that one delivery may take, from the connection to the server's last word.
  static let deliveryLimit: Duration = .seconds(60 * 60)

  let settings: MailReceiverSettings
  let title: String
  let environment: MailEnvironment

  func deliver(_ exchange: Exchange, in run: FlowRun) async -> ReceiverOutcome {
    var report = ChannelReport(
      channelName: settings.channelName, adapterType: "Mail", endpoint: settings.server.description)
    report.credentialName = settings.credentialName ?? ""
    report.notes = testNotes
    do {
      let composed = try composer.compose(exchange, in: run, identity: try identity(for: exchange, in: run))
      report.messageID = composed.mail.messageID
      report.notes += composed.notes
      if environment.isDryRun { return try preview(composed, report) }
      let login = try login()
      return await send(composed, login: login, report: report)
    } catch {
      return ReceiverOutcome(report: report, failure: failure(from: error, login: nil))
    }
  }

  private var composer: MailComposer { MailComposer(settings: settings, redirectTo: environment.redirectTo) }

  private var testNotes: [String] {
    var notes = environment.testNotes
    if let elsewhere { notes.append("test: connected to \(elsewhere) instead of \(settings.server) (--connect-to)") }
    if let address = environment.redirectTo {
      notes.append("test: delivered to \(address.specification) alone (--redirect-to)")
    }
    return notes
  }

  private var elsewhere: ServerAddress? { environment.redirections[settings.server] }

  private func preview(_ composed: ComposedMail, _ report: ChannelReport) throws -> ReceiverOutcome {
    var report = report
    report.preview = MessageBody(bytes: try composed.mail.wholeBytes())
    report.deliveries = composed.recipients.map {
      ChannelReport.Delivery(target: $0.specification, status: .notSent, answer: "")
    }
    return ReceiverOutcome(report: report, failure: nil)
  }

  /// `<run.milliseconds.random@domain of the sender>`.
  private func identity(for exchange: Exchange, in run: FlowRun) throws -> MailIdentity {
    let now = run.now()
    let token = RandomIdentifier.hex(byteCount: 10)
    let domain = try composer.senderDomain(exchange, in: run)
    let local = WallTime(milliseconds: now.milliseconds).local
    return MailIdentity(
      messageID: "<\(run.id.prefix(12)).\(now.milliseconds).\(token.prefix(8))@\(domain)>",
      date: HeaderDate(unixSeconds: Int(now.seconds), offsetMinutes: local.offsetSeconds / 60), boundaryToken: token)
  }

  private func login() throws -> MailSession.Login? {
    guard let name = settings.credentialName else { return nil }
    let credential = try environment.credentials.mailCredential(named: name)
    guard credential.isAllowed(at: settings.server.host) else {
      throw FlowFailure(
        .channelFailed, class: .refused,
        Explanation(
          "credential '\(PrintableText.escaping(name))' may not be sent to \(settings.server.host)",
          cause: "it is for \(credential.allowedHosts.joined(separator: ", ")) only (AllowedHost of the artifact)"))
    }
    return MailSession.Login(
      style: settings.authentication == .loginPlain ? .plain : .encrypted, credential: credential,
      allowsPlaintextPassword: settings.allowsPlaintextPassword, needsVerifiedTLS: elsewhere != nil)
  }

  private func send(
    _ composed: ComposedMail, login: MailSession.Login?, report initial: ChannelReport
  ) async -> ReceiverOutcome {
    var report = initial
    let deadline = Deadline.after(Self.deliveryLimit)
    let session = MailSession()
    do {
      try await session.open(
        target, tls: requirement, clientName: SMTPClientName(hostName: environment.clientName ?? Surroundings.hostName),
        login: login, connectTimeout: settings.connectTimeout, deadline: deadline)
      let facts = await session.facts(target: target, login: login)
      report.protection = facts.protection
      report.login = facts.login
      report.notes += facts.notes
      let envelope = SMTPEnvelope(sender: composed.sender, recipients: composed.recipients.map { SMTPRecipient($0) })
      let delivery = try await session.send(envelope, composed, deadline: deadline)
      await session.quit(deadline: deadline)
      report.deliveries = delivery.recipients.map(Self.delivery)
      report.answer = delivery.finalReply?.text ?? ""
      return ReceiverOutcome(report: report, failure: failure(of: delivery, login: login))
    } catch {
      await session.quit(deadline: deadline)
      return ReceiverOutcome(report: report, failure: failure(from: error, login: login))
    }
  }

  private var requirement: TLSRequirement {
    switch settings.protection {
    case .off: .off
    case .startTLSOptional: .startTLSIfOffered
    case .startTLSMandatory: .startTLSRequired
    case .smtps: .implicitTLS
    }
  }

  private var target: ConnectionTarget {
    let security: ConnectionSecurity =
      switch settings.protection {
      case .off: .plaintext
      case .startTLSOptional, .startTLSMandatory: .startTLS
      case .smtps: .implicitTLS
      }
    return ConnectionTarget(
      host: settings.server.host, port: settings.server.port, security: security, tls: environment.policy(settings.tls),
      connectTo: elsewhere.map { ConnectionTarget.Endpoint(host: $0.host, port: $0.port) })
  }

  // MARK: outcome

  private static func delivery(_ recipient: SMTPOutcome.RecipientOutcome) -> ChannelReport.Delivery {
    let target = recipient.address.specification
    switch recipient.outcome {
    case .accepted(let reply): return .init(target: target, status: .accepted, answer: reply.text)
    case .refused(let reply): return .init(target: target, status: .refused, answer: reply.text)
    case .refusedForNow(let reply): return .init(target: target, status: .deferred, answer: reply.text)
    case .inDoubt(let reason): return .init(target: target, status: .inDoubt, answer: reason)
    }
  }

  private func failure(of delivery: SMTPOutcome, login: MailSession.Login?) -> FlowFailure? {
    guard let failureClass = delivery.failureClass else { return nil }
    let failed = delivery.recipients.map(Self.delivery).filter { $0.status != .accepted }
    let first = failed.first.map { "\($0.target) (\($0.answer))" } ?? ""
    let more = failed.count > 1 ? " and \(failed.count - 1) more" : ""
    let verb =
      switch failureClass {
      case .outcomeUnknown: "\(settings.server) may have taken the mail or not:"
      case .temporary: "\(settings.server) does not take the mail now for"
      default: "\(settings.server) refused"
      }
    var explanation = Explanation("\(verb) \(first)\(more)", places: places(login))
    if failureClass == .outcomeUnknown {
      explanation.hints = ["ask a recipient before sending again: a repetition may arrive twice"]
    }
    return FlowFailure(.channelFailed, class: failureClass, explanation)
  }

  private func failure(from error: any Error, login: MailSession.Login?) -> FlowFailure {
    guard let explained = error as? any ExplainedError else {
      return FlowFailure(.channelFailed, class: .permanent, Explanation("unexpected failure", cause: "\(error)"))
    }
    return FlowFailure(.channelFailed, from: explained, places: places(login))
  }

  private func places(_ login: MailSession.Login?) -> [String] {
    var places = [title]
    if let name = settings.credentialName {
      let origin = login.map { " (\($0.credential.origin))" } ?? ""
      places.append("credential '\(PrintableText.escaping(name))'\(origin)")
    }
    return places
  }
}

/// Makes mail receiver channels.
package struct MailReceiverFactory: ReceiverAdapterFactory {
  private let environment: MailEnvironment

  package init(environment: MailEnvironment) { self.environment = environment }

  package var type: AdapterType { AdapterType("Mail", .receiver, transport: "SMTP") }

  package func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter {
    MailReceiver(settings: try MailReceiverSettings(channel), title: channel.title, environment: environment)
  }
}
