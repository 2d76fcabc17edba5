import TenantBase
import XMLTree

/// Reads an `.iflw`: BPMN 2.0 XML with SAP's properties.
///
/// Takes every real file: unknown keys and elements are kept or passed over, absent ones take the default. Parameters and
/// overlay are filled in while reading, before any value is given a meaning.
package struct IntegrationFlowReader {
  private let parameters: ParameterSet
  private let overlay: FlowOverlay?

  package init(parameters: ParameterSet = .empty, overlay: FlowOverlay? = nil) {
    self.parameters = parameters
    self.overlay = overlay
  }

  /// - Parameters:
  ///   - bytes: the `.iflw`.
  ///   - file: its name as the person gave it, for places.
  ///   - name: the flow's name; nil takes the file's without folder and ending.
  package func read(_ bytes: [UInt8], file: String, name: String? = nil) throws(FlowModelError) -> IntegrationFlow {
    guard bytes.count <= FlowLimits.flowLength else {
      throw FlowModelError(.limitExceeded, at: SourcePlace(file: file), "'\(file)' is too large for a flow")
    }
    let root: XMLElement
    do throws(XMLError) {
      root = try XMLTreeParser().parse(bytes, file: file)
    } catch { throw FlowModelError(error, file: file) }
    guard root.localName == "definitions", let collaboration = root.firstChild(named: "collaboration") else {
      throw FlowModelError(
        .notAFlow, at: SourcePlace(file: file, line: root.line), "'\(file)' is no integration flow",
        cause: "its root is '\(root.name.qualified)' without a collaboration")
    }
    let processes = root.children(named: "process")
    let parts = processes.map(Self.partCount).reduce(collaboration.children.count, +)
    guard parts <= FlowLimits.parts else {
      throw FlowModelError(
        .limitExceeded, at: SourcePlace(file: file), "'\(file)' has more than \(FlowLimits.parts) parts")
    }
    let reading = FlowReading(file: file, parameters: parameters, overlay: overlay)
    return reading.flow(root, collaboration, name: name ?? Self.name(of: file))
  }

  private static func partCount(_ element: XMLElement) -> Int {
    element.children.map { $0.localName == "subProcess" ? 1 + partCount($0) : 1 }.reduce(0, +)
  }

  /// `iflows/Order.iflw` is `Order`.
  package static func name(of file: String) -> String {
    let last = file.split(separator: "/").last.map { String($0) } ?? file
    return last.lowercased().hasSuffix(".iflw") ? String(last.dropLast(5)) : last
  }
}

/// One run of the reader: gathers uses of parameters and findings on the way.
final class FlowReading {
  let file: String
  private let substitution: ParameterSubstitution
  private let parameters: ParameterSet
  private let overlay: FlowOverlay?
  private var uses: [ParameterUse] = []
  private var findings: [Finding] = []
  private var filledLength = 0

  init(file: String, parameters: ParameterSet, overlay: FlowOverlay?) {
    self.file = file
    self.parameters = parameters
    self.overlay = overlay
    substitution = ParameterSubstitution(parameters: parameters)
  }

  func flow(_ root: XMLElement, _ collaboration: XMLElement, name: String) -> IntegrationFlow {
    let properties = self.properties(
      of: collaboration, owner: .init(.flow, name: name, id: collaboration.attribute("id") ?? ""))
    let participants = collaboration.children(named: "participant").map(participant)
    let channels = self.channels(collaboration.children(named: "messageFlow"), participants)
    let callers = Set(channels.filter { $0.type.direction == .receiver }.compactMap(\.elementID))
    let processes = root.children(named: "process").map { process($0, elementsWithReceiver: callers) }
    reportUnusedOverlay()
    return IntegrationFlow(
      name: name, place: SourcePlace(file: file), properties: properties, participants: participants,
      channels: channels, processes: processes, parameterUses: uses,
      readingFindings: missingParameters() + findings)
  }

  func place(_ element: XMLElement) -> SourcePlace { SourcePlace(file: file, line: element.line) }

  func fill(_ text: String, key: String, place: SourcePlace, owner: Finding.Subject) -> String {
    guard filledLength <= FlowLimits.filledLength else { return text }
    let (filled, names) = substitution.fill(text)
    if !names.isEmpty { filledLength += filled.utf8.count }
    if filledLength > FlowLimits.filledLength {
      findings.append(
        Finding(.error, "parameters-too-long", at: place, owner, "the flow with its parameters is too large"))
    }
    uses += names.map { ParameterUse(name: $0.name, key: key, place: place, owner: owner, value: $0.value) }
    return filled
  }

  /// The properties in the element's `extensionElements`.
  func properties(of element: XMLElement, owner: Finding.Subject) -> FlowProperties {
    FlowProperties(sourceProperties(of: element).map { fill($0, owner: owner) }, place: place(element))
  }

  private func sourceProperties(of element: XMLElement) -> [FlowProperty] {
    let extensions = element.children(named: "extensionElements")
    return extensions.flatMap { $0.children(named: "property") }.compactMap { property in
      guard let key = property.firstChild(named: "key")?.allText else { return nil }
      let value = property.firstChild(named: "value")
      return FlowProperty(key: key, value: value?.allText ?? "", place: place(value ?? property))
    }
  }

  private func fill(_ property: FlowProperty, owner: Finding.Subject) -> FlowProperty {
    let value = fill(property.source, key: property.key, place: property.place, owner: owner)
    return FlowProperty(key: property.key, value: value, source: property.source, place: property.place)
  }

  // MARK: Participants and channels

  private func participant(_ element: XMLElement) -> Participant {
    let type = element.attributes.first { $0.name.localName == "type" }?.value ?? ""
    let kind: Participant.Kind =
      switch type {
      case "EndpointSender": .sender
      // SAP's own spelling; the right one may come one day.
      case "EndpointRecevier", "EndpointReceiver": .receiver
      case "IntegrationProcess": .process(id: element.attribute("processRef") ?? "")
      default: element.attribute("processRef").map { .process(id: $0) } ?? .other(type)
      }
    return Participant(
      id: element.attribute("id") ?? "", name: element.attribute("name") ?? "", kind: kind, place: place(element))
  }

  private func channels(_ elements: [XMLElement], _ participants: [Participant]) -> [Channel] {
    let byID = Dictionary(participants.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let labels = elements.map { (id: $0.attribute("id") ?? "", name: Self.channelName($0)) }
    let overlaid = overlayProperties(labels)
    return zip(elements, labels).map { element, label in
      let source = FlowProperties(sourceProperties(of: element), place: place(element))
        .overlaid(with: overlaid[label.id] ?? [])
      let (sourceID, targetID) = (element.attribute("sourceRef") ?? "", element.attribute("targetRef") ?? "")
      let type = Self.adapter(source, from: byID[sourceID]?.kind, to: byID[targetID]?.kind)
      let owner = Finding.Subject(.channel, name: label.name, id: label.id, type: type.description)
      let partner = byID[sourceID] ?? byID[targetID]
      return Channel(
        id: label.id, name: label.name, type: type,
        properties: FlowProperties(source.all.map { fill($0, owner: owner) }, place: place(element)),
        sourceID: sourceID, targetID: targetID,
        elementID: byID[sourceID] == nil ? sourceID.nonEmpty : byID[targetID] == nil ? targetID.nonEmpty : nil,
        participantID: partner?.id, participantName: partner?.name ?? "", place: place(element))
    }
  }

  /// The property `Name`, which the editor shows, else the attribute.
  private static func channelName(_ element: XMLElement) -> String {
    let properties = element.children(named: "extensionElements").flatMap { $0.children(named: "property") }
    let named = properties.first { $0.firstChild(named: "key")?.text == "Name" }?.firstChild(named: "value")?.text
    return named?.nonEmpty ?? element.attribute("name") ?? ""
  }

  private static func adapter(
    _ properties: FlowProperties, from source: Participant.Kind?, to target: Participant.Kind?
  ) -> AdapterType {
    let written = properties["direction"].flatMap { ChannelDirection(rawValue: $0.trimmed) }
    let direction: ChannelDirection = written ?? (source == .sender ? .sender : .receiver)
    return AdapterType(
      properties.text("ComponentType").trimmed, direction, transport: properties.text("TransportProtocol").trimmed)
  }

  // MARK: Overlay

  /// The overlay's properties by the id of their channel.
  private func overlayProperties(_ channels: [(id: String, name: String)]) -> [String: [FlowProperty]] {
    var result: [String: [FlowProperty]] = [:]
    for entry in overlay?.channelEntries ?? [] {
      let subject = Finding.Subject(.overlay, name: "channel." + entry.key)
      switch FlowOverlay.target(of: entry.key, channels: channels) {
      case .channel(let id, let key):
        result[id, default: []].append(FlowProperty(key: key, value: entry.value, place: entry.place))
      case .unknown:
        let names = channels.map { "'\($0.name)' (\($0.id))" }.joined(separator: ", ")
        findings.append(
          Finding(
            .error, "overlay-channel-unknown", at: entry.place, subject, "the flow has no such channel",
            remedy: channels.isEmpty ? nil : "the channels are \(names)"))
      case .ambiguous(let ids):
        findings.append(
          Finding(
            .error, "overlay-channel-ambiguous", at: entry.place, subject, "several channels have this name",
            remedy: "name the channel by its id: " + ids.joined(separator: ", ")))
      }
    }
    return result
  }

  private func reportUnusedOverlay() {
    for entry in overlay?.strangeEntries ?? [] {
      findings.append(
        Finding(
          .error, "overlay-key-unknown", at: entry.place, .init(.overlay, name: entry.key),
          "the key begins with neither 'channel.' nor 'parameter.'"))
    }
    let used = Set(uses.map(\.name))
    for entry in overlay?.parameters ?? [] where !used.contains(entry.key) {
      findings.append(
        Finding(
          .warning, "overlay-parameter-unused", at: entry.place, .init(.overlay, name: "parameter." + entry.key),
          "the flow has no such parameter"))
    }
    for (name, value) in parameters.values.sorted(by: { $0.key < $1.key })
    where value.origin == .commandLine && !used.contains(name) {
      findings.append(
        Finding(
          .warning, "parameter-unused", at: SourcePlace(file: file), .init(.parameter, name: name),
          "the flow has no such parameter"))
    }
  }

  /// One finding a name, at its first use.
  private func missingParameters() -> [Finding] {
    var seen: Set<String> = []
    return uses.compactMap { use in
      guard use.value == nil, seen.insert(use.name).inserted else { return nil }
      let key = use.key.isEmpty ? "" : ", property '\(use.key)'"
      // As a properties file wants it: a blank would end the key.
      let property = use.name.replacing(" ", with: "\\ ")
      return Finding(
        .error, "parameter-missing", at: use.place, .init(.parameter, name: use.name),
        "the parameter has no value (\(use.owner.description)\(key))",
        remedy: "give it with --parameter '\(use.name)=…', or in the flow's .tenant.prop: parameter.\(property)=…")
    }
  }
}

extension String {
  var nonEmpty: String? { isEmpty ? nil : self }
}
