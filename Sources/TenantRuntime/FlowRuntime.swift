import Certificates
import Expressions
import FlowEngine
import FlowModel
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
      let polls =
        options.body == nil && model.channels.contains { $0.type.name == "Mail" && $0.type.direction == .sender }
      // A dry run logs in to a mailbox and to nothing else.
      let keystore = try options.isDryRun && !polls ? nil : TenantKeystore.openIfPresent(home: home)
      let environment = try environment(for: options, keystore: keystore)
      let trace = try options.traceFolder.map { try TraceFolder($0) }
      let assembly = FlowAssembly(
        home: home, environment: environment,
        state: HomeState(home: home, keystore: keystore, isTrial: options.isDryRun),
        answers: try ChannelAnswers(options.answers, for: model), trace: trace)
      let plan = try assembly.compile(loaded)
      let start = try RunStart.choose(of: plan, options)
      let prepared = Prepared(
        plan: plan, start: start, assembly: assembly, flowVersion: FlowVersion.of(loaded, options.parameters),
        options: options, home: home)
      var report = try await run(prepared, from: start.channelID.flatMap(model.channel), of: model)
      let known = Set(loaded.parameterSummaries.filter { $0.uses > 0 || !$0.type.isEmpty }.map(\.name))
      report.warnings += options.parameters.map(\.name).filter { !known.contains($0) }.map {
        "--parameter '\(PrintableText.escaping($0))': the flow has no such parameter"
      }
      report.warnings += [trace?.warning].compactMap { $0 }
      if start.trigger == .timer, options.body != nil {
        report.warnings.append(
          "--body: a timer starts this flow and brings no message; the run had the body all the same")
      }
      await environment.close()
      return report
    } catch let error as any ExplainedError {
      throw RunRefusal(
        failureClass: error.failureClass,
        explanation: error.explanation.within("cannot run '\(PrintableText.escaping(model.name))'"))
    }
  }

  private func run(
    _ prepared: Prepared, from channel: Channel?, of model: IntegrationFlow
  ) async throws -> RunReport {
    let sender = try channel.flatMap { channel throws(FlowFailure) in
      try prepared.assembly.makeSender(for: channel, in: model)
    }
    switch (sender, prepared.options.body) {
    case (let sender?, let body?): return try await runFile(body, through: sender, prepared)
    case (let sender?, nil): return try await poll(sender, prepared)
    case (nil, nil):
      if let channel, channel.type.name == "Mail" { throw Self.refusal(ofStarting: channel) }
      return await execute(prepared, startingExchange(prepared.options))
    case (nil, _): return await execute(prepared, startingExchange(prepared.options))
    }
  }

  /// Runs a plan with one message.
  ///
  /// - Parameter journal: where deliveries are written down that a source message causes.
  func execute(
    _ prepared: Prepared, _ exchange: Exchange, journal: (any DeliveryJournal)? = nil
  ) async -> RunReport {
    let (plan, options) = (prepared.plan, prepared.options)
    var exchange = exchange
    for header in options.headers { exchange.headers[header.name] = .text(header.value) }
    exchange.properties["SAP_MessageProcessingLogID"] = .text(exchange.id)
    for property in options.properties { exchange.properties[property.name] = .text(property.value) }
    let run = FlowRun(
      id: exchange.id, flowName: plan.flowName, timeZones: SystemTimeZones.database,
      flowVersion: prepared.flowVersion, journal: journal, now: Self.now, spool: BodySpool(folder: home.spoolFolder))
    let began = ContinuousClock.now
    let path = PathRecorder()
    var result = await prepared.assembly.runner(plan, observer: path).execute(exchange, from: prepared.start, in: run)
    if let failure = prepared.assembly.end(run, result) { result = result.failing(failure) }
    var report = RunReport(run, result, from: prepared.start, duration: began.duration(to: .now), home: home)
    report.path = path.path
    return report
  }

  private func startingExchange(_ options: RunOptions) -> Exchange {
    var exchange = Exchange(id: Self.newID())
    exchange.body = options.body ?? .empty
    exchange.attachments = options.attachments
    return exchange
  }

  /// Of a run and its message.
  static func newID() -> String { RandomIdentifier.hex(byteCount: 16) }

  // MARK: what the adapters get

  private func environment(for options: RunOptions, keystore: Vault?) throws -> MailEnvironment {
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
