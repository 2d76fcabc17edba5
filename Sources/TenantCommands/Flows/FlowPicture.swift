import FlowModel
import TenantBase

/// Draws a flow as its editor does: at the diagram's own coordinates when it has them, else in a simple layout.
struct FlowPicture {
  private let flow: IntegrationFlow
  private let diagram: FlowDiagram
  private var svg = SVGWriter()
  /// Written last, so that nothing lies over them.
  private var labels: [Label] = []

  private struct Label {
    let text: String
    let points: [FlowDiagram.Point]
    let width: Double
  }

  /// The picture as an SVG document.
  static func svg(of loaded: LoadedFlow) throws(FlowModelError) -> String {
    let drawn = try FlowDiagram(loaded.files.flow.bytes, file: loaded.files.flow.path)
    return svg(of: loaded.flow, diagram: isComplete(drawn, for: loaded.flow) ? drawn : FlowLayout(loaded.flow).diagram)
  }

  static func svg(of flow: IntegrationFlow, diagram: FlowDiagram) -> String {
    var picture = FlowPicture(flow: flow, diagram: diagram)
    picture.draw()
    return picture.svg.document(title: flow.name)
  }

  private let events: Set<String>

  private init(flow: IntegrationFlow, diagram: FlowDiagram) {
    self.flow = flow
    self.diagram = diagram
    events = Set(
      flow.allElements.compactMap { element in
        switch element.kind {
        case .start, .end: element.id
        default: nil
        }
      })
  }

  /// A drawing in which steps are missing would hide them.
  private static func isComplete(_ diagram: FlowDiagram, for flow: IntegrationFlow) -> Bool {
    !diagram.isEmpty && flow.allElements.allSatisfy { diagram.shapes[$0.id] != nil }
  }

  private mutating func draw() {
    for process in flow.processes { drawPool(of: process) }
    for process in flow.processes { draw(process.scope) }
    for participant in flow.participants { drawPartner(participant) }
    for channel in flow.channels { draw(channel) }
    for label in labels { draw(label) }
  }

  // MARK: Pools and partners

  private mutating func drawPool(of process: FlowProcess) {
    let participant = flow.participants.first { $0.kind == .process(id: process.id) }
    guard let bounds = diagram.shapes[participant?.id ?? process.id] else { return }
    svg.rectangle(bounds, style: process.isLocal ? "local" : "pool", radius: 4)
    let title = (process.isLocal ? "Local process: " : "") + (process.name.isEmpty ? process.id : process.name)
    let lines = SVGText.wrapped(title, width: max(bounds.width - 20, 60), size: 12, most: 1)
    svg.text(lines, at: .init(x: bounds.x + 10, y: bounds.y + 17), style: "strong", size: 12, anchor: .start)
  }

  private mutating func drawPartner(_ participant: Participant) {
    if case .process = participant.kind { return }
    guard let bounds = diagram.shapes[participant.id] else { return }
    svg.rectangle(bounds, style: "partner", radius: 2)
    let kind = participant.kind == .sender ? "Sender" : participant.kind == .receiver ? "Receiver" : ""
    let most = max(1, Int((bounds.height - 24) / 14.4))
    let lines = SVGText.wrapped(participant.name, width: bounds.width - 8, size: 12, most: min(most, 5))
    let middle = bounds.middle
    svg.text(lines, at: .init(x: middle.x, y: middle.y - Double(lines.count - 1) * 7.2 + 4), style: "strong", size: 12)
    svg.text([kind], at: .init(x: middle.x, y: bounds.y + 13), style: "kind", size: 9)
  }

  // MARK: Steps and arrows

  private mutating func draw(_ scope: FlowScope) {
    for (element, inner) in scope.exceptionSubprocesses {
      guard let bounds = diagram.shapes[element.id] else { continue }
      svg.rectangle(bounds, style: "inner", radius: 8)
      let title = SVGText.wrapped("On exception: \(element.name)", width: max(bounds.width - 16, 60), size: 11, most: 1)
      svg.text(title, at: .init(x: bounds.x + 8, y: bounds.y + 15), style: "strong", size: 11, anchor: .start)
      draw(inner)
    }
    for arrow in scope.sequenceFlows { draw(arrow, in: scope) }
    for element in scope.elements {
      guard let bounds = diagram.shapes[element.id] else { continue }
      if case .exceptionSubprocess = element.kind { continue }
      svg.beginGroup(title: tooltip(of: element))
      FlowSymbols.draw(element, bounds, into: &svg)
      svg.endGroup()
    }
  }

  private func tooltip(of element: FlowElement) -> String {
    let facts = FlowElementFacts(flow: flow).text(of: element)
    return "\(element.type.title)\(element.name.isEmpty ? "" : " '\(element.name)'")\(facts)"
  }

  private mutating func draw(_ arrow: SequenceFlow, in scope: FlowScope) {
    guard let points = points(arrow.id, from: arrow.sourceID, to: arrow.targetID) else { return }
    svg.path(points, style: "arrow", isArrow: true)
    guard let source = scope.element(arrow.sourceID), scope.outgoing(of: source).count > 1 else { return }
    labels.append(
      Label(text: arrow.name.isEmpty ? arrow.condition?.text ?? "" : arrow.name, points: points, width: 130))
  }

  private mutating func draw(_ channel: Channel) {
    guard let points = points(channel.id, from: channel.sourceID, to: channel.targetID) else { return }
    svg.beginGroup(title: "\(channel.type.description) '\(channel.name)' \(ChannelFacts.text(of: channel))")
    svg.path(points, style: "channel", isArrow: true)
    svg.endGroup()
    labels.append(Label(text: channel.name.isEmpty ? channel.type.name : channel.name, points: points, width: 120))
  }

  /// The arrow's own corners; without them, straight from one border to the other.
  private func points(_ id: String, from source: String, to target: String) -> [FlowDiagram.Point]? {
    guard let start = outline(source), let end = outline(target) else { return diagram.arrows[id] }
    // Editors draw to the middle of shapes or short of them: the ends are put on the borders.
    var points = diagram.arrows[id] ?? [start.middle, end.middle]
    if points.count < 2 { points = [start.middle, end.middle] }
    if start.contains(points[0]) { points[0] = start.border(towards: points[1]) }
    let last = points.count - 1
    if end.contains(points[last]) { points[last] = end.border(towards: points[last - 1]) }
    return points
  }

  private func outline(_ id: String) -> FlowDiagram.Bounds? {
    guard let bounds = diagram.shapes[id] else { return nil }
    return events.contains(id) ? FlowSymbols.eventBounds(bounds) : bounds
  }

  /// On the middle of the longest part of its line; beside a level one no wider than that, so that it covers no step.
  private mutating func draw(_ label: Label) {
    let parts = zip(label.points, label.points.dropFirst()).map { ($0, $1) }
    func length(_ part: (FlowDiagram.Point, FlowDiagram.Point)) -> Double {
      abs(part.0.x - part.1.x) + abs(part.0.y - part.1.y)
    }
    guard let longest = parts.max(by: { length($0) < length($1) }), !label.text.isEmpty else { return }
    let isLevel = abs(longest.0.y - longest.1.y) < abs(longest.0.x - longest.1.x)
    let width = isLevel ? min(label.width, max(length(longest) - 6, 36)) : label.width
    let size = isLevel && width < 60 ? 9.0 : 10.0
    let lines = SVGText.wrapped(label.text, width: width, size: size, most: isLevel && width < 60 ? 3 : 2)
    // Below a gateway stands its name: the label of a way down keeps off it.
    let part = isLevel || longest.1.y < longest.0.y ? 0.5 : 0.7
    let middle = FlowDiagram.Point(
      x: (longest.0.x + longest.1.x) / 2, y: longest.0.y + (longest.1.y - longest.0.y) * part)
    svg.text(
      lines, at: .init(x: middle.x, y: middle.y - 5 - Double(lines.count - 1) * size * 1.2), style: "label", size: size)
  }
}

extension FlowDiagram.Bounds {
  /// Whether the point lies on or in the shape.
  func contains(_ point: FlowDiagram.Point) -> Bool {
    (x - 1...x + width + 1).contains(point.x) && (y - 1...y + height + 1).contains(point.y)
  }

  /// Where a line from a point to the shape meets the border: straight down or across when the point lies above, below or
  /// beside the shape, else on the way to the middle.
  func border(towards point: FlowDiagram.Point) -> FlowDiagram.Point {
    let isBeside = (y...y + height).contains(point.y)
    let isAbove = (x...x + width).contains(point.x)
    if isBeside, !isAbove { return .init(x: point.x < x ? x : x + width, y: point.y) }
    if isAbove, !isBeside { return .init(x: point.x, y: point.y < y ? y : y + height) }
    let (dx, dy) = (point.x - middle.x, point.y - middle.y)
    guard dx != 0 || dy != 0 else { return middle }
    let horizontal = dx == 0 ? Double.infinity : width / 2 / abs(dx)
    let vertical = dy == 0 ? Double.infinity : height / 2 / abs(dy)
    let scale = min(horizontal, vertical, 1)
    return .init(x: middle.x + dx * scale, y: middle.y + dy * scale)
  }
}
