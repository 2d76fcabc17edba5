import Expressions
import FlowEngine
import FlowModel
import FlowSteps
import MailAdapters
import MessageStore
import System
import TenantBase

/// Checks flows together with what the tenant has for them: parameters, credentials and certificates. Connects to nothing.
package struct FlowChecking: Sendable {
  private let assembly: FlowAssembly
  private let keystore: CheckedKeystore
  private let home: TenantHome
  private let now: WallTime
  /// nil when it cannot be known.
  private let numberRanges: Set<String>?

  /// Reads the home's keystore; that it cannot be opened is a finding of the flows that need it.
  package init(home: TenantHome, now: WallTime = .now) {
    self.init(home: home, keystore: CheckedKeystore(reading: home), now: now)
  }

  /// - Parameter numberRanges: those that are deployed together with the flows.
  package init(
    home: TenantHome, keystore: CheckedKeystore, numberRanges: Set<String> = [], now: WallTime = .now
  ) {
    self.home = home
    let deployed = try? TenantDatabase.openIfPresent(in: home.dataFolder)?.numberRanges() ?? []
    self.numberRanges = deployed.map { numberRanges.union($0.map(\.rule.name)) }
    self.keystore = keystore
    self.now = now
    // The very parts of a run, so that check and run agree about what can run.
    assembly = FlowAssembly(
      home: home,
      environment: MailEnvironment(
        credentials: KeystoreCredentials(keystore: nil, home: home), certificates: [], trustGeneration: 0))
  }

  /// Everything that is to be said about a flow.
  package func check(_ loaded: LoadedFlow) -> FlowCheckReport {
    let flow = loaded.flow
    var capabilities = assembly.capabilities
    // What only stands inside of an exception subprocess is told with that.
    capabilities.steps.insert(.errorStart)
    let senders = SenderStartCheck(startable: capabilities, flowName: flow.name)
    // A run is started by hand, whatever the sender channel; that nothing else starts the flow is told by `senders`.
    capabilities.adapters.formUnion(flow.channels.map(\.type).filter { $0.direction == .sender })
    let check = FlowCheck(
      capabilities: capabilities,
      channelChecks: [senders, CredentialCheck(keystore: keystore, home: home, now: now)] + Self.adapterChecks,
      stepChecks: StandardSteps().checks(
        numberRanges: numberRanges, hasKeystore: keystore.isPresent, resources: FlowResources(of: loaded),
        commands: StepCommands(homeOption: home.hintOption, artifactsFolder: home.artifactsFolder)),
      now: Timestamp(milliseconds: now.milliseconds), timeZones: SystemTimeZones.database)
    var findings = check.findings(for: flow)
    findings += CertificateCheck(keystore: keystore, home: home, now: now).findings(for: flow)
    if !findings.contains(where: { $0.severity == .error }), let refusal = refusal(of: loaded) {
      findings.append(refusal)
    }
    return FlowCheckReport(loaded: loaded, findings: findings)
  }

  /// What adapters say of their own channels.
  private static let adapterChecks: [any ChannelCheck] = [MailReceiverCheck(), MailSenderCheck()]

  /// What a run would refuse before its first step; nil when it would begin.
  private func refusal(of loaded: LoadedFlow) -> Finding? {
    do throws(FlowFailure) {
      _ = try assembly.compile(loaded)
      return nil
    } catch {
      let flow = loaded.flow
      let place = error.explanation.places.first.flatMap { Self.place($0, in: flow.place.file) } ?? flow.place
      return Finding(
        .error, "run-refused", at: place, .init(.flow, name: flow.name), error.explanation.summary,
        remedy: error.explanation.hints.first)
    }
  }

  /// `file:line` back as a place, when the file is the flow's.
  private static func place(_ text: String, in file: String) -> SourcePlace? {
    let prefix = SourcePlace(file: file).description + ":"
    guard text.hasPrefix(prefix), let line = Int(text.dropFirst(prefix.count)) else { return nil }
    return SourcePlace(file: file, line: line)
  }
}

/// What a check found.
package struct FlowCheckReport: Sendable {
  package let loaded: LoadedFlow
  /// In the order of the file's lines, then what concerns the tenant.
  package let findings: [Finding]

  package var errorCount: Int { findings.count { $0.severity == .error } }
  package var warningCount: Int { findings.count { $0.severity == .warning } }

  /// The parameters that the flow uses, and how many of them have a value.
  package var parameters: (used: Int, withValue: Int) {
    let used = loaded.parameterSummaries.filter { $0.uses > 0 }
    return (used.count, used.count { $0.value != nil })
  }
}

/// A sender channel whose adapter receives nothing here: the flow runs only when a person starts it.
struct SenderStartCheck: ChannelCheck {
  let startable: Capabilities
  let flowName: String

  func covers(_ type: AdapterType) -> Bool { type.direction == .sender && !startable.canRun(type) }

  func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding] {
    [
      Finding(
        .warning, "sender-unsupported", at: channel.place, .init(channel),
        "the adapter \(channel.type.description) brings no messages here yet: only run-iflow starts the flow",
        remedy: "tenant run-iflow \(ShellText.quoted(PrintableText.escaping(flowName))) --body FILE")
    ]
  }
}
