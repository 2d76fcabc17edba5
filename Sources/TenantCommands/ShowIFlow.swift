import ArgumentParsing
import FlowModel
import System
import TenantBase
import TenantRuntime

/// `tenant show-iflow NAME|FILE`: what a flow is made of, as text or as a picture.
struct ShowIFlow: Command {
  static let syntax = CommandSyntax(
    "show-iflow", summary: "shows an integration flow: parameters, channels and steps",
    arguments: [
      ArgumentSyntax(
        "NAME|FILE", help: "a deployed flow, one of the home's iflows folder, or a file, bundle folder or zip")
    ],
    options: [
      OptionSyntax("--parameter", .repeated("N=V"), help: "an externalized parameter of the flow"),
      OptionSyntax("--svg", .value("FILE"), help: "also draws the flow into this file, as its editor shows it"),
      OutputForm.option,
    ],
    example: "tenant show-iflow iflows/SendingAnEmail.iflw --svg SendingAnEmail.svg",
    details: "Parameters hold no secrets: they are shown with their values and where these come from.")

  private let flow: String
  private let parameters: [(name: String, value: String)]
  private let picture: String?
  private let form: OutputForm

  init(arguments: ParsedArguments) throws(UsageError) {
    flow = arguments.positionals.first ?? ""
    parameters = try ParameterOption.read(arguments, of: Self.self)
    picture = arguments.value(of: "--svg")
    form = OutputForm(arguments)
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let found = try FlowLibrary(home: context.home).find(flow)
    if picture != nil, found.count > 1 {
      throw CommandError(
        .usage, Explanation("'\(PrintableText.escaping(flow))' holds several flows, and a picture shows one"))
    }
    var shown: [ShownFlow] = []
    for item in found {
      shown.append(ShownFlow(loaded: try FlowLibrary.read(item.bundle, parameters), deployed: item.deployed))
    }
    if let picture, let loaded = shown.first?.loaded {
      let text = try FlowPicture.svg(of: loaded)
      try FileContents.replace(picture, with: Array(text.utf8), mode: 0o644)
    }
    switch form {
    case .json: context.console.print(shown.count == 1 ? FlowJSON.value(shown[0]) : .array(shown.map(FlowJSON.value)))
    case .table: context.console.print(shown.map(FlowText.text).joined(separator: "\n"))
    }
    return .done
  }
}
