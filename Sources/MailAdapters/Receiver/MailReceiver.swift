import FlowEngine
import FlowModel
import MIME
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

  func deliver(_ exchange: Exchange, at point: DeliveryPoint, in run: FlowRun) async -> ReceiverOutcome {
    var report = ChannelReport(
      channelName: settings.channelName, adapterType: "Mail", endpoint: settings.connection.server.description)
    report.credentialName = settings.connection.login?.credentialName ?? ""
    report.notes = environment.notes(for: settings.connection.server)
    if let source = exchange.sourceMessage, let journal = run.journal, !environment.isDryRun {
      let key = DeliveryKey(source: source, point: point)
      return await deliver(exchange, key, journal: journal, in: run, report: report)
    }
    var credential: MailCredential?
    do {
      let composed = try compose(exchange, in: run)
      report.messageID = composed.mail.messageID
      report.notes += composed.notes
      if environment.isDryRun { return try preview(composed, report) }
      credential = try allowedCredential()
      return try await send(composed, as: credential, report: report)
    } catch {
      return ReceiverOutcome(report: report, failure: failure(from: error, credential))
    }
  }

  /// - Throws: ``FlowFailure`` of the kind `stepFailed`: what cannot be composed is no failure of the channel's partner.
  func compose(
    _ exchange: Exchange, in run: FlowRun, deliveryToken: (([MailAddress]) throws -> String)? = nil
  ) throws -> ComposedMail {
    let now = run.now()
    let offset = WallTime(milliseconds: now.milliseconds).local.offsetSeconds
    do {
      return try MailComposer(settings: settings, redirectTo: environment.redirectTo).compose(
        exchange, in: run, token: RandomIdentifier.hex(byteCount: 10),
        date: HeaderDate(unixSeconds: Int(now.seconds), offsetMinutes: offset / 60), deliveryToken: deliveryToken)
    } catch {
      guard let explained = error as? any ExplainedError else { throw error }
      throw FlowFailure(.stepFailed, from: explained)
    }
  }

  private func preview(_ composed: ComposedMail, _ report: ChannelReport) throws -> ReceiverOutcome {
    var report = report
    let preview = try MailPreview(composed.mail)
    report.preview = preview.text
    if preview.isCut { report.notes.append("only the first \(MailPreview.limit / 1024) KiB of the mail are shown") }
    report.deliveries = composed.envelope.recipients.map {
      ChannelReport.Delivery(target: $0.address.specification, status: .notSent, answer: "")
    }
    return ReceiverOutcome(report: report, failure: nil)
  }

  // MARK: connection

  /// Nil when nobody logs in.
  func allowedCredential() throws -> MailCredential? {
    guard let login = settings.connection.login else { return nil }
    let credential = try environment.credentials.mailCredential(named: login.credentialName)
    let host = settings.connection.server.host
    guard credential.isAllowed(at: host) else {
      throw FlowFailure(
        .channelFailed, class: .refused,
        Explanation(
          "credential '\(PrintableText.escaping(login.credentialName))' may not be sent to \(host)",
          cause: "it is for \(credential.allowedHosts.joined(separator: ", ")) only (AllowedHost of the artifact)"))
    }
    return credential
  }

  private func request(as credential: MailCredential?) -> MailConnectionRequest {
    let connection = settings.connection
    let elsewhere = environment.redirections[connection.server]
    let login = credential.flatMap { credential in
      connection.login.map { login in
        MailLogin(
          style: login.style, credential: credential, authorizationID: login.authorizationID,
          allowsPlaintextPassword: connection.allowsPlaintextPassword, needsVerifiedTLS: elsewhere != nil)
      }
    }
    let security: ConnectionSecurity =
      switch connection.protection {
      case .off: .plaintext
      case .startTLSOptional, .startTLSMandatory: .startTLS
      case .smtps: .implicitTLS
      }
    return MailConnectionRequest(
      target: ConnectionTarget(
        host: connection.server.host, port: connection.server.port, security: security,
        tls: environment.policy(connection.tls),
        connectTo: elsewhere.map { ConnectionTarget.Endpoint(host: $0.host, port: $0.port) }),
      requirement: connection.requirement,
      clientName: SMTPClientName(hostName: connection.clientName ?? environment.clientName ?? Surroundings.hostName),
      login: login, connectTimeout: connection.connectTimeout)
  }

  func perform(_ composed: ComposedMail, as credential: MailCredential?) async throws -> MailDelivery.Outcome {
    let delivery = MailDelivery(
      pool: environment.pool, request: request(as: credential), composed: composed,
      deadline: .after(Self.deliveryLimit))
    // On the loop, where the connection lives: no wait of the session takes a detour over another thread.
    return try await environment.pool.loop.perform { await delivery.run() }
  }

  /// A copy in the Sent folder, where the channel wants one: of a mail that somebody got, once.
  func keepCopy(of mail: OutgoingMail, _ report: inout ChannelReport) async {
    let statuses = report.deliveries.map(\.status)
    guard let settings = settings.sentCopy, statuses.contains(.accepted), !statuses.contains(.alreadySent) else {
      return
    }
    report.notes.append(await SentCopy(settings: settings, environment: environment).keep(mail))
  }

  private func send(
    _ composed: ComposedMail, as credential: MailCredential?, report initial: ChannelReport
  ) async throws -> ReceiverOutcome {
    let outcome = try await perform(composed, as: credential)
    var report = initial
    report.take(outcome.facts)
    switch outcome.result {
    case .success(let delivered):
      report.take(delivered)
      await keepCopy(of: composed.mail, &report)
      return ReceiverOutcome(report: report, failure: failure(of: delivered, credential))
    case .failure(let error):
      return ReceiverOutcome(report: report, failure: failure(from: error, credential))
    }
  }
}

extension ChannelReport {
  /// - Parameter facts: nil when no connection came to be.
  mutating func take(_ facts: MailSession.Facts?) {
    protection = facts?.protection ?? ""
    login = facts?.login ?? ""
    notes += facts?.notes ?? []
  }
}

/// Makes mail receiver channels.
package struct MailReceiverFactory: ReceiverAdapterFactory {
  package static let type = AdapterType("Mail", .receiver, transport: "SMTP")

  private let environment: MailEnvironment

  package init(environment: MailEnvironment) { self.environment = environment }

  package var type: AdapterType { Self.type }

  package func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter {
    MailReceiver(settings: try MailReceiverSettings(channel), title: channel.title, environment: environment)
  }
}
