import FlowEngine
import FlowModel
import System
import TenantBase

/// A flow that is shown.
struct ShownFlow: Sendable {
  let loaded: LoadedFlow
  /// nil for one that was found as a file.
  let deployed: DeployedFlow?
}

/// A flow as a person reads it: what it is, its parameters and channels, and its processes as a tree.
enum FlowText {
  static func text(_ shown: ShownFlow) -> String {
    let loaded = shown.loaded
    var text = "\(printable(loaded.flow.name))\n" + indented(Table.text(facts(shown)))
    text += "\nParameters\n" + indented(parameters(loaded))
    text += "\nChannels\n" + indented(channels(loaded.flow))
    let processes = loaded.flow.processes.filter { !$0.isLocal } + loaded.flow.processes.filter(\.isLocal)
    for process in processes { text += "\n" + FlowTreeText(flow: loaded.flow).text(of: process) }
    return text
  }

  private static func facts(_ shown: ShownFlow) -> [[String]] {
    let loaded = shown.loaded
    var rows = [["File", printable(loaded.files.flow.path)]]
    if let title = loaded.manifest?.displayName, title != loaded.flow.name { rows.append(["Title", printable(title)]) }
    if let version = loaded.manifest?.version { rows.append(["Version", printable(version)]) }
    if let deployed = shown.deployed {
      let when = WallTime(milliseconds: deployed.deployedOn.milliseconds).localText
      rows.append(["Deployed", "version \(printable(deployed.version)), \(when) by \(printable(deployed.deployedBy))"])
    }
    let headers = loaded.flow.allowedHeaders.joined(separator: ", ")
    if !headers.isEmpty { rows.append(["Allowed headers", printable(headers)]) }
    return rows
  }

  private static func parameters(_ loaded: LoadedFlow) -> String {
    let summaries = loaded.parameterSummaries
    guard !summaries.isEmpty else { return "none\n" }
    let head = ["Name", "Label", "From", "Value"]
    return Table.text(
      [head]
        + summaries.map { parameter in
          let isUnused = parameter.uses == 0
          let origin = parameter.value.map { place(of: $0.origin) } ?? "-"
          let value = parameter.value.map { printable($0.value, limit: 100) } ?? (isUnused ? "-" : "MISSING")
          return [
            printable(parameter.name), parameter.label.isEmpty ? "-" : printable(parameter.label),
            isUnused ? "\(origin) (not used)" : origin, value.isEmpty ? "(empty)" : value,
          ]
        })
  }

  /// The file's name is enough: it lies where the flow's files lie.
  private static func place(of origin: ParameterOrigin) -> String {
    switch origin {
    case .commandLine: return origin.description
    case .overlay(var place), .file(var place):
      place.file = FilePath.split(place.file).name
      return place.description
    }
  }

  private static func channels(_ flow: IntegrationFlow) -> String {
    guard !flow.channels.isEmpty else { return "none\n" }
    return Table.text(
      flow.channels.map { channel in
        [
          "'\(printable(channel.name))'", channel.type.description, channel.place.line.map { ":\($0)" } ?? "",
          ChannelFacts.text(of: channel),
        ]
      })
  }

  static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
      .droppingLastLineFeed
  }

  static func printable(_ text: String, limit: Int = 400) -> String { PrintableText.escaping(text, limit: limit) }
}

/// What a channel says about where it leads, in a few words.
enum ChannelFacts {
  private static let addressKeys = [
    "server", "httpAddressWithoutQuery", "address", "urlPath", "host", "QueueName_inbound",
  ]

  /// `smtp.gmail.com:587, starttls_mandatory, loginPlain as 'Gmail Credentials'`; empty when nothing is known.
  static func text(of channel: Channel) -> String {
    let properties = channel.properties
    var parts: [String] = []
    if let address = addressKeys.lazy.map({ properties.text($0) }).first(where: { !$0.isEmpty }) {
      parts.append(address)
    }
    if channel.type.name == "Mail" {
      parts += [properties.text("ssl"), properties.text("auth")].filter { !$0.isEmpty }
      let user = properties.text("auth") == "oauth" ? properties.text("tokenCredential") : properties.text("user")
      if !user.isEmpty, properties.text("auth") != "none" { parts.append("credential '\(user)'") }
    }
    return FlowText.printable(parts.joined(separator: ", "), limit: 160)
  }
}

extension String {
  fileprivate var droppingLastLineFeed: String { hasSuffix("\n\n") ? String(dropLast()) : self }
}
