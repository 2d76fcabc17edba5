import Certificates
import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import Keystore
import MIME
import MailAdapters
import System
import TenantBase

/// Runs flows of a home: the place where flow, keystore, engine and adapters are put together.
package struct FlowRuntime: Sendable {
  private let home: TenantHome

  package init(home: TenantHome) { self.home = home }

  /// Runs a flow once, now.
  ///
  /// - Parameter flow: as ``FlowLibrary`` finds it.
  /// - Returns: the report, also of a run that failed on its way.
  /// - Throws: an ``ExplainedError`` when the run could not begin: nothing has left then.
  package func run(_ flow: String, options: RunOptions) async throws -> RunReport {
    let loaded = try FlowLibrary(home: home).load(flow, parameters: options.parameters)
    let model = loaded.flow
    do {
      let channel = model.startingChannel
      let polls = channel?.type.name == "Mail" && options.body == nil
      let environment = try environment(for: options, needsCredentials: polls)
      let answers = try ChannelAnswers(options.answers, for: model)
      let registry = Self.registry(environment, standIns: answers)
      let plan = try FlowCompiler(model, registry: registry).compile()
      let prepared = Prepared(plan: plan, options: options, home: home)
      let sender = try channel.flatMap { channel throws(FlowFailure) in
        try registry.makeSender(for: channel, in: model)
      }
      var report: RunReport
      switch (sender, options.body) {
      case (let sender?, let body?): report = try await runFile(body, through: sender, prepared)
      case (let sender?, nil): report = try await poll(sender, prepared)
      case (nil, nil) where polls: throw channel.map { Self.refusal(ofStarting: $0) } ?? CancellationError()
      case (nil, _): report = await execute(plan, startingExchange(options), options)
      }
      let known = Set(loaded.parameterSummaries.filter { $0.uses > 0 || !$0.type.isEmpty }.map(\.name))
      report.warnings = options.parameters.map(\.name).filter { !known.contains($0) }.map {
        "--parameter '\(PrintableText.escaping($0))': the flow has no such parameter"
      }
      await environment.close()
      return report
    } catch let error as any ExplainedError {
      throw RunRefusal(
        failureClass: error.failureClass,
        explanation: error.explanation.within("cannot run '\(PrintableText.escaping(model.name))'"))
    }
  }

  /// Runs a plan with one message.
  ///
  /// - Parameter journal: where deliveries are written down that a source message causes.
  func execute(
    _ plan: FlowPlan, _ exchange: Exchange, _ options: RunOptions, journal: (any DeliveryJournal)? = nil
  ) async -> RunReport {
    var exchange = exchange
    for header in options.headers { exchange.headers[header.name] = .text(header.value) }
    exchange.properties["SAP_MessageProcessingLogID"] = .text(exchange.id)
    for property in options.properties { exchange.properties[property.name] = .text(property.value) }
    let run = FlowRun(
      id: exchange.id, flowName: plan.flowName, timeZones: SystemTimeZones.database, journal: journal, now: Self.now)
    let clock = ContinuousClock()
    let began = clock.now
    var failure: FlowFailure?
    do throws(FlowFailure) {
      _ = try await FlowRunner(plan).run(exchange, in: run)
    } catch {
      let action = error.kind == .channelFailed ? "cannot send" : "cannot run"
      failure = FlowFailure(
        error.kind, class: error.failureClass,
        error.explanation.within("\(action) '\(PrintableText.escaping(plan.flowName))'"))
    }
    return RunReport(
      flowName: plan.flowName, runID: run.id, trigger: plan.trigger, startedAt: run.startedAt,
      duration: began.duration(to: clock.now), channels: run.channelReports, failure: failure)
  }

  private func startingExchange(_ options: RunOptions) -> Exchange {
    var exchange = Exchange(id: Self.newID())
    exchange.body = options.body ?? .empty
    exchange.attachments = options.attachments
    return exchange
  }

  /// Of a run and its message.
  static func newID() -> String { RandomIdentifier.hex(byteCount: 16) }

  /// What can run: the check of a flow asks the same.
  static func registry(_ environment: MailEnvironment, standIns: (any ReceiverStandIns)? = nil) -> FlowRegistry {
    FlowRegistry(
      steps: StandardSteps().factories, receivers: [MailReceiverFactory(environment: environment)],
      senders: [
        MailSenderFactory(environment: environment), MailSenderFactory(environment: environment, transport: "IMAP4"),
      ],
      standIns: standIns)
  }

  // MARK: what the adapters get

  /// - Parameter needsCredentials: also in a dry run, which logs in to a mailbox and to nothing else.
  private func environment(for options: RunOptions, needsCredentials: Bool) throws -> MailEnvironment {
    let keystore = try options.isDryRun && !needsCredentials ? nil : TenantKeystore.openIfPresent(home: home)
    var certificates = try keystore?.certificates().map { try Certificate(der: $0.der) } ?? []
    if let file = options.trustFile {
      certificates += try CertificateFile(
        reading: FileContents.read(file, limit: CertificateLimits.inputBytes), name: file
      ).certificates
    }
    var environment = MailEnvironment(
      credentials: KeystoreCredentials(keystore: keystore, home: home), certificates: certificates,
      trustGeneration: keystore?.generation ?? 0)
    environment.isDryRun = options.isDryRun
    environment.spoolFolder = home.spoolFolder
    for redirection in options.redirections {
      environment.redirections[try Self.address(redirection.from)] = try Self.address(redirection.to)
    }
    environment.redirectTo = try options.redirectTo.map {
      try MailAddress.parsing($0, field: "--redirect-to")
    }
    if let file = options.trustFile {
      environment.testNotes.append("test: trusts the certificates of \(file) for this run (--trust-file)")
    }
    return environment
  }

  private static func address(_ text: String) throws -> ServerAddress {
    guard let address = ServerAddress(text, defaultPort: nil) else {
      throw RunRefusal(
        failureClass: .usage,
        explanation: Explanation(
          "'\(PrintableText.escaping(text))' of --connect-to is not an address",
          hints: ["give it as HOST:PORT=HOST:PORT, for example smtp.gmail.com:587=127.0.0.1:10587"]))
    }
    return address
  }
}

/// Why a run did not begin.
package struct RunRefusal: ExplainedError {
  package let failureClass: FailureClass
  package let explanation: Explanation

  package init(failureClass: FailureClass, explanation: Explanation) {
    self.failureClass = failureClass
    self.explanation = explanation
  }
}
