import ArgumentParsing
import Artifacts
import Crypto
import FlowEngine
import Keystore
import System
import TenantBase
import TenantRuntime

/// `tenant deploy-artifact FILE...`: deploys artifacts and integration flows, all or none.
struct DeployArtifact: Command {
  static let syntax = CommandSyntax(
    "deploy-artifact", summary: "deploys artifact files, number ranges and integration flows; all of them or none",
    arguments: [
      ArgumentSyntax(
        "FILE", .oneOrMore, help: "an artifact file or a folder of them; an .iflw file, bundle folder or exported zip")
    ],
    options: [
      OptionSyntax("--plan", help: "shows what would be new, changed or the same, and changes nothing"),
      OptionSyntax("--force", help: "stores flows in which the check finds errors too, with status Error"),
    ]
      + SecretOrigin.options("password", help: "the password or value of one file") + [OutputForm.option],
    example: #"tenant deploy-artifact "artifacts/Gmail Credentials.xml""#,
    details: """
      A sealed secret in the file is opened; without one it is asked for on the terminal. When the artifact is deployed
      already, an empty answer keeps the secret it has. A file with a secret in the open is refused: seal it first with
      seal-artifact. A flow is checked before, together with the credentials that are deployed with it.
      """)

  private let paths: [String]
  private let isPlan: Bool
  private let isForced: Bool
  private let question: SecretQuestion
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    paths = arguments.positionals
    isPlan = arguments.has("--plan")
    isForced = arguments.has("--force")
    question = SecretQuestion(
      origin: try SecretOrigin.read(arguments, "password", of: Self.self), name: "password")
    form = OutputForm(arguments)
    if isPlan, question.origin != .terminal {
      throw Self.usageError("option '--plan' takes no password: nothing is deployed")
    }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let files = try DeployableFile.find(paths)
    var work = try DeploymentWork(files, home: context.home)
    guard work.problems.isEmpty else { return refuse(work.problems, files.count, context.console) }
    let findings = work.flowsWithErrors
    for item in work.flows?.items ?? [] where !item.report.findings.isEmpty {
      context.console.printError(FlowDeploymentText.findings(item))
    }
    if !findings.isEmpty, !isForced {
      if !isPlan { context.console.printError(FlowDeploymentText.refusal(findings, isAlone: files.count == 1)) }
      if isPlan { show(work, [], context.console) }
      return .configuration
    }
    var deployed: [DeployedFlow] = []
    if !isPlan {
      if var artifacts = work.artifacts {
        try obtainSecrets(&artifacts)
        try artifacts.deploy()
        work.artifacts = artifacts
      }
      try work.numberRanges?.deploy()
      deployed = try work.flows?.deploy() ?? []
    }
    show(work, deployed, context.console)
    return .done
  }

  private func refuse(_ problems: [any Error], _ count: Int, _ console: Console) -> ExitCode {
    for problem in problems { console.printError(problem) }
    if count > 1 { console.printError("tenant: nothing was deployed\n") }
    let codes = problems.map { ExitCode(($0 as? any ExplainedError)?.failureClass ?? .permanent) }
    return ExitCode.deciding(among: codes, reachedSomeone: false)
  }

  // MARK: Secrets

  private func obtainSecrets(_ deployment: inout ArtifactDeployment) throws {
    let open = deployment.items.indices.filter { deployment.items[$0].secret == nil }
    if question.origin != .terminal { try checkOneAnswer(open: open.count, of: deployment.items) }
    for index in open {
      let item = deployment.items[index]
      let answer = try ask(for: item, isOneOfSeveral: deployment.items.count > 1)
      if answer.bytes.isEmpty, question.origin == .terminal, item.hasStoredSecret {
        try deployment.keepStoredSecret(at: index)
      } else {
        try deployment.setSecret(answer, at: index)
      }
    }
  }

  /// One answer is for one artifact, which has none yet.
  private func checkOneAnswer(open count: Int, of items: [ArtifactDeployment.Item]) throws {
    if count > 1 {
      throw Self.usageError("\(count) of the files need a secret, and one was given: deploy them one by one")
    }
    guard count == 0, let item = items.first else { return }
    throw Self.usageError(
      items.count == 1
        ? "'\(PrintableText.escaping(item.file))' holds a sealed \(item.artifact.type.secretTitle) already: none can be given"
        : "no file needs a secret, and one was given")
  }

  private func ask(for item: ArtifactDeployment.Item, isOneOfSeveral: Bool) throws -> SecretBox {
    let name = PrintableText.escaping(item.artifact.name.text)
    var prompt: String
    switch item.artifact {
    case .userCredentials(let credentials):
      prompt = "Password for \(PrintableText.escaping(credentials.user))"
      if isOneOfSeveral { prompt += " ('\(name)')" }
    case .secureParameter: prompt = "Value of '\(name)'"
    }
    if item.hasStoredSecret { prompt += " (empty keeps the one that is deployed)" }
    return try question.answer(prompt + ": ")
  }

  // MARK: Result

  private func show(_ work: DeploymentWork, _ deployed: [DeployedFlow], _ console: Console) {
    let artifacts = work.artifacts?.items ?? []
    let flows = work.flows?.items ?? []
    let ranges = work.numberRanges?.items ?? []
    switch form {
    case .json:
      console.print(
        .array(
          artifacts.map(json) + ranges.map { NumberRangeText.json($0, isPlan: isPlan) }
            + flows.map { item in FlowDeploymentText.json(item, deployed, isPlan: isPlan) }))
    case .table:
      console.print(
        Table.text(
          artifacts.map { item in
            [
              PrintableText.escaping(item.artifact.name.text), item.artifact.type.title,
              isPlan ? "planned" : "deployed",
              "(\(item.difference.word))",
            ] + (isPlan && item.secret == nil ? ["asks for the \(item.artifact.type.secretTitle)"] : [])
          } + ranges.map { NumberRangeText.row($0, isPlan: isPlan) }
            + flows.map { item in FlowDeploymentText.row(item, deployed, isPlan: isPlan) }))
    }
  }

  private func json(_ item: ArtifactDeployment.Item) -> JSONValue {
    [
      "name": .string(item.artifact.name.text), "type": .string(item.artifact.type.rawValue),
      "file": .string(item.file),
      "change": .string(item.difference.word), "deployed": .bool(!isPlan),
      "needsSecret": .bool(item.secret == nil),
    ]
  }
}

extension Vault.Difference {
  /// `new`, `changed` or `same`.
  var word: String {
    switch self {
    case .new: "new"
    case .changed: "changed"
    case .same: "same"
    }
  }
}
