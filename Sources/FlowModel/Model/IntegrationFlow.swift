import TenantBase

/// An integration flow as read: parameters filled in, values not yet given a meaning.
package struct IntegrationFlow: Sendable {
  /// The file's name without `.iflw`, or the bundle's artifact id.
  package let name: String
  package let place: SourcePlace
  /// Those of the collaboration: `allowedHeaderList`, `namespaceMapping`, …
  package let properties: FlowProperties
  package let participants: [Participant]
  package let channels: [Channel]
  package let processes: [FlowProcess]
  /// Every `{{name}}` of the flow with what it became.
  package let parameterUses: [ParameterUse]
  /// What the reader noticed: parameters without value, an overlay that names nothing.
  package let readingFindings: [Finding]

  package func channel(_ id: String) -> Channel? { channels.first { $0.id == id } }

  package func process(_ id: String) -> FlowProcess? { processes.first { $0.id == id } }

  /// The channels at a node, in the order of the file.
  package func channels(of element: FlowElement) -> [Channel] { channels.filter { $0.elementID == element.id } }

  /// Every node of every process.
  package var allElements: [FlowElement] { processes.flatMap(\.scope.allElements) }

  /// Prefixes and URIs of `namespaceMapping` (`xmlns:p=uri;xmlns:q=uri`), for XPath.
  package var namespaces: [(prefix: String, uri: String)] {
    properties.text("namespaceMapping").split(separator: ";").compactMap { entry in
      let halves = entry.split(separator: "=", maxSplits: 1)
      guard halves.count == 2 else { return nil }
      let prefix = halves[0].filter { !$0.isWhitespace }
      return (String(prefix.hasPrefix("xmlns:") ? prefix.dropFirst(6) : prefix[...]), String(halves[1]))
    }
  }

  /// Names and patterns of `allowedHeaderList`, which `|` separates.
  package var allowedHeaders: [String] {
    properties.text("allowedHeaderList").split(separator: "|").map { String($0) }
  }
}

package struct Participant: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case sender, receiver
    case process(id: String)
    case other(String)
  }

  package let id: String
  package let name: String
  package let kind: Kind
  package let place: SourcePlace
}

/// A message flow with its adapter's properties.
package struct Channel: Sendable {
  package let id: String
  /// Not unique.
  package let name: String
  package let type: AdapterType
  package let properties: FlowProperties
  package let sourceID: String
  package let targetID: String
  /// The event or step at the channel's end inside the flow; nil when it hangs in the air.
  package let elementID: String?
  package let participantID: String?
  /// The partner's name, or empty.
  package let participantName: String
  package let place: SourcePlace

  /// `receiver channel 'Mail'`, for places in messages.
  package var title: String {
    "\(type.direction == .sender ? "sender" : "receiver") channel '\(PrintableText.escaping(name))'"
  }
}

/// An integration process: a main one with its own trigger, or a local one that others call.
package struct FlowProcess: Sendable {
  package let id: String
  package let name: String
  package let isLocal: Bool
  package let properties: FlowProperties
  package let scope: FlowScope
  package let place: SourcePlace
}
