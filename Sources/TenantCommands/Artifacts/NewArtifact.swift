import ArgumentParsing
import Artifacts
import TenantBase

/// `tenant new-artifact KIND NAME`: writes an artifact file to standard output.
struct NewArtifact: Command {
  static let syntax = CommandSyntax(
    "new-artifact", summary: "writes a new artifact file to standard output",
    arguments: [
      ArgumentSyntax("KIND", help: Self.kinds.joined(separator: " or ")),
      ArgumentSyntax("NAME", help: "the Credential Name or alias by which flows refer to it"),
    ],
    options: [
      OptionSyntax("--user", .value("USER"), help: "the login name; needed for UserCredentials"),
      OptionSyntax("--description", .value("TEXT"), help: "for people"),
      OptionSyntax("--company-id", .value("ID"), help: "makes it SuccessFactors credentials"),
      OptionSyntax("--organization", .value("ORG"), help: "with --element: makes it OpenConnectors credentials"),
      OptionSyntax("--element", .value("ELEMENT"), help: "with --organization: makes it OpenConnectors credentials"),
      OptionSyntax(
        "--allowed-host", .repeated("HOST"), help: "the password goes to these hosts only; *.example.com is allowed"),
      OptionSyntax("--minimum", .value("N"), help: "the first number of a NumberRange"),
      OptionSyntax("--maximum", .value("N"), help: "the last number of a NumberRange"),
      OptionSyntax("--rotate", help: "a NumberRange begins again after its last number"),
      OptionSyntax("--field-length", .value("N"), help: "digits of a NumberRange's numbers, with zeros in front"),
    ],
    example:
      #"tenant new-artifact UserCredentials "Gmail Credentials" --user orders@example.com > "artifacts/Gmail Credentials.xml""#,
    details: "No secret is asked for: deploy-artifact does that, or seal-artifact puts it sealed into the file.")

  private static let kinds = ArtifactType.allCases.map(\.rawValue) + [NumberRange.elementName]

  private enum Content {
    case artifact(Artifact)
    case numberRange(NumberRange)
  }

  private let content: Content

  init(arguments: ParsedArguments) throws(UsageError) {
    let kind = arguments.positionals.first ?? ""
    let text = arguments.positionals.dropFirst().first ?? ""
    let name = try Self.name(text)
    if kind.lowercased() == NumberRange.elementName.lowercased() {
      content = .numberRange(try Self.numberRange(name, arguments))
      return
    }
    for option in ["--minimum", "--maximum", "--rotate", "--field-length"] where arguments.has(option) {
      throw Self.usageError("option '\(option)' is for NumberRange only")
    }
    guard let type = ArtifactType.allCases.first(where: { $0.rawValue.lowercased() == kind.lowercased() }) else {
      let names = Self.kinds
      throw UsageError(
        "unknown kind '\(kind)': it is \(names.joined(separator: " or "))",
        suggestion: NearestName.of(kind, among: names), example: Self.syntax.example)
    }
    switch type {
    case .userCredentials: content = .artifact(.userCredentials(try Self.credentials(name, arguments)))
    case .secureParameter:
      for option in ["--user", "--company-id", "--organization", "--element", "--allowed-host"]
      where arguments.has(option) {
        throw Self.usageError("option '\(option)' is for UserCredentials only")
      }
      content = .artifact(
        .secureParameter(SecureParameter(name: name, description: try Self.field(arguments, "--description") ?? "")))
    }
  }

  func run(in context: CommandContext) async throws -> ExitCode {
    let bytes =
      switch content {
      case .artifact(let artifact): try ArtifactWriter.write(artifact)
      case .numberRange(let range): try NumberRangeFile.write(range)
      }
    context.console.print(String(decoding: bytes, as: UTF8.self))
    return .done
  }

  private static func numberRange(
    _ name: ArtifactName, _ arguments: ParsedArguments
  ) throws(UsageError) -> NumberRange {
    for option in ["--user", "--company-id", "--organization", "--element", "--allowed-host"]
    where arguments.has(option) {
      throw usageError("option '\(option)' is for UserCredentials only")
    }
    let (minimum, maximum) = (try number(arguments, "--minimum"), try number(arguments, "--maximum"))
    let (length, description) = (try number(arguments, "--field-length"), try field(arguments, "--description"))
    guard let minimum, let maximum else { throw usageError("a NumberRange needs '--minimum N' and '--maximum N'") }
    do throws(NumberRange.Fault) {
      return try NumberRange(
        name: name, description: description ?? "", minimum: minimum, maximum: maximum,
        rotates: arguments.has("--rotate"), fieldLength: Int(clamping: length ?? 0))
    } catch { throw usageError(error.text) }
  }

  /// nil when the option is not given.
  private static func number(_ arguments: ParsedArguments, _ option: String) throws(UsageError) -> Int64? {
    guard let text = arguments.value(of: option) else { return nil }
    guard let number = Int64(text), number >= 0 else {
      throw usageError("option '\(option)' takes a whole number of 0 or more, not '\(PrintableText.escaping(text))'")
    }
    return number
  }

  private static func credentials(
    _ name: ArtifactName, _ arguments: ParsedArguments
  ) throws(UsageError) -> UserCredentials {
    guard let user = try field(arguments, "--user"), !user.isEmpty else {
      throw usageError("option '--user USER' is missing: the login name of '\(name)'")
    }
    var hosts: [AllowedHost] = []
    for text in arguments.values(of: "--allowed-host") {
      guard let host = AllowedHost(text) else {
        throw usageError("'\(text)' is no host name: write smtp.example.com or *.example.com")
      }
      if !hosts.contains(host) { hosts.append(host) }
    }
    guard hosts.count <= ArtifactLimits.allowedHosts else {
      throw usageError("there are more than \(ArtifactLimits.allowedHosts) allowed hosts")
    }
    return UserCredentials(
      name: name, user: user, kind: try kind(arguments), description: try field(arguments, "--description") ?? "",
      allowedHosts: hosts)
  }

  private static func kind(_ arguments: ParsedArguments) throws(UsageError) -> UserCredentials.Kind {
    let companyID = try field(arguments, "--company-id")
    let organization = try field(arguments, "--organization")
    let element = try field(arguments, "--element")
    switch (companyID, organization, element) {
    case (nil, nil, nil): return .default
    case (let companyID?, nil, nil): return .successFactors(companyID: companyID)
    case (nil, let organization?, let element?): return .openConnectors(organization: organization, element: element)
    case (nil, _, _): throw usageError("options '--organization' and '--element' belong together")
    default: throw usageError("option '--company-id' and options '--organization', '--element' exclude each other")
    }
  }

  private static func name(_ text: String) throws(UsageError) -> ArtifactName {
    do throws(NameFault) { return try ArtifactName(text) } catch { throw usageError("the name \(error.text)") }
  }

  /// The value of an option as an artifact file can hold it.
  private static func field(_ arguments: ParsedArguments, _ option: String) throws(UsageError) -> String? {
    guard let value = arguments.value(of: option) else { return nil }
    let limit =
      switch option {
      case "--user": ArtifactLimits.userCharacters
      case "--description": ArtifactLimits.descriptionCharacters
      default: ArtifactLimits.fieldCharacters
      }
    guard value.unicodeScalars.count <= limit else {
      throw usageError("the value of '\(option)' is longer than \(limit) characters")
    }
    guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }) else {
      throw usageError("the value of '\(option)' holds a control character")
    }
    guard option == "--description" || !value.isEmpty else { throw usageError("the value of '\(option)' is empty") }
    return value
  }
}
