import FlowModel

/// Places for the parts of a flow that has no drawing of its own: each process a row of columns, sources left of targets,
/// its receivers below it.
struct FlowLayout {
  private static let column = 170.0
  private static let row = 110.0
  private static let stepWidth = 120.0
  private static let stepHeight = 60.0
  private static let eventSize = 32.0
  private static let poolMargin = 40.0
  private static let partnerWidth = 110.0
  private static let partnerHeight = 60.0

  private let flow: IntegrationFlow
  private(set) var diagram = FlowDiagram()

  init(_ flow: IntegrationFlow) {
    self.flow = flow
    var top = 40.0
    for process in flow.processes.filter({ !$0.isLocal }) + flow.processes.filter(\.isLocal) {
      let left = 260.0
      let size = place(process.scope, left: left + Self.poolMargin, top: top + Self.poolMargin)
      let pool = FlowDiagram.Bounds(
        x: left, y: top, width: size.x + 2 * Self.poolMargin, height: size.y + 2 * Self.poolMargin)
      diagram.shapes[poolID(of: process)] = pool
      top += pool.height + 40
      if placePartners(of: process, below: top) { top += Self.partnerHeight + 40 }
    }
    placeOthers(top)
  }

  private func poolID(of process: FlowProcess) -> String {
    flow.participants.first { $0.kind == .process(id: process.id) }?.id ?? process.id
  }

  /// - Returns: how much room the scope takes.
  private mutating func place(_ scope: FlowScope, left: Double, top: Double) -> FlowDiagram.Point {
    let columns = self.columns(of: scope)
    var used: [Int: Int] = [:]
    var width = Self.stepWidth
    var height = Self.stepHeight
    for element in scope.elements {
      if case .exceptionSubprocess = element.kind { continue }
      let column = columns[element.id] ?? 0
      let row = used[column, default: 0]
      used[column] = row + 1
      let cell = FlowDiagram.Point(x: left + Double(column) * Self.column, y: top + Double(row) * Self.row)
      diagram.shapes[element.id] = Self.bounds(of: element, in: cell)
      width = max(width, Double(column) * Self.column + Self.stepWidth)
      height = max(height, Double(row) * Self.row + Self.stepHeight + 20)
    }
    leadAround(scope)
    for (element, inner) in scope.exceptionSubprocesses {
      let innerTop = top + height + 30
      let size = place(inner, left: left + 20, top: innerTop + 30)
      diagram.shapes[element.id] = .init(x: left, y: innerTop, width: size.x + 40, height: size.y + 50)
      width = max(width, size.x + 40)
      height += size.y + 80
    }
    return .init(x: width, y: height)
  }

  private static func bounds(of element: FlowElement, in cell: FlowDiagram.Point) -> FlowDiagram.Bounds {
    let size: (width: Double, height: Double) =
      switch element.kind {
      case .start, .end: (eventSize, eventSize)
      case .router, .multicast, .join: (40, 40)
      case .step, .processCall, .exceptionSubprocess: (stepWidth, stepHeight)
      }
    return .init(
      x: cell.x + (stepWidth - size.width) / 2, y: cell.y + (stepHeight - size.height) / 2, width: size.width,
      height: size.height)
  }

  /// The longest way from a start to each element; what stands in a circle stays where it was first seen.
  private func columns(of scope: FlowScope) -> [String: Int] {
    var columns: [String: Int] = [:]
    var missing: [String: Int] = [:]
    for element in scope.elements { missing[element.id] = scope.incoming(of: element).count }
    var waiting = scope.elements.filter { missing[$0.id] == 0 }
    for element in waiting { columns[element.id] = 0 }
    var done: Set<String> = []
    while let element = waiting.popLast() {
      guard done.insert(element.id).inserted else { continue }
      let next = (columns[element.id] ?? 0) + 1
      for arrow in scope.outgoing(of: element) {
        guard let target = scope.element(arrow.targetID), !done.contains(target.id) else { continue }
        columns[target.id] = max(columns[target.id] ?? 0, next)
        missing[target.id, default: 1] -= 1
        if missing[target.id] == 0 { waiting.append(target) }
      }
    }
    return columns
  }

  /// Senders left of the process, receivers below the step that calls them.
  ///
  /// - Returns: whether there are receivers.
  private mutating func placePartners(of process: FlowProcess, below top: Double) -> Bool {
    let steps = Set(process.scope.allElements.map(\.id))
    var nextX = 0.0
    var nextY = 0.0
    let fromLeft = flow.channels.sorted { left, right in
      let places = [left, right].map { $0.elementID.flatMap { diagram.shapes[$0]?.x } ?? 0 }
      return places[0] < places[1]
    }
    for channel in fromLeft {
      guard let step = channel.elementID, steps.contains(step), let bounds = diagram.shapes[step],
        let partner = channel.participantID, diagram.shapes[partner] == nil
      else { continue }
      if channel.type.direction == .sender, bounds.x < 260 + Self.poolMargin + Self.column {
        let y = max(bounds.middle.y - Self.partnerHeight / 2, nextY)
        nextY = y + Self.partnerHeight + 20
        diagram.shapes[partner] = .init(x: 40, y: y, width: Self.partnerWidth, height: Self.partnerHeight)
      } else {
        let x = max(bounds.middle.x - Self.partnerWidth / 2, nextX)
        nextX = x + Self.partnerWidth + 20
        diagram.shapes[partner] = .init(x: x, y: top, width: Self.partnerWidth, height: Self.partnerHeight)
      }
    }
    return nextX > 0
  }

  /// Partners without a channel stand in a row at the end.
  private mutating func placeOthers(_ top: Double) {
    var x = 260.0
    for participant in flow.participants where diagram.shapes[participant.id] == nil {
      if case .process = participant.kind { continue }
      diagram.shapes[participant.id] = .init(x: x, y: top, width: Self.partnerWidth, height: Self.partnerHeight)
      x += Self.partnerWidth + 20
    }
  }

  /// An arrow that would run through the steps between its ends goes over them.
  private mutating func leadAround(_ scope: FlowScope) {
    var count = 0
    for arrow in scope.sequenceFlows {
      guard let start = diagram.shapes[arrow.sourceID], let end = diagram.shapes[arrow.targetID],
        abs(start.middle.y - end.middle.y) < 1, end.x - start.x > Self.column * 1.5
      else { continue }
      // Three heights, so that neighbours do not lie upon each other.
      let over = start.middle.y - Self.stepHeight / 2 - 6 - Double(count % 3) * 8
      count += 1
      diagram.arrows[arrow.id] = [
        .init(x: start.middle.x, y: start.y), .init(x: start.middle.x, y: over), .init(x: end.middle.x, y: over),
        .init(x: end.middle.x, y: end.y),
      ]
    }
  }
}
