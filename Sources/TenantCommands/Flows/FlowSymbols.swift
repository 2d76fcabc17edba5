import FlowModel

/// The symbols of steps, events and gateways, as BPMN has them.
enum FlowSymbols {
  static func draw(_ element: FlowElement, _ bounds: FlowDiagram.Bounds, into svg: inout SVGWriter) {
    switch element.kind {
    case .start, .end: event(element, bounds, &svg)
    case .router, .multicast, .join: gateway(element, bounds, &svg)
    case .step, .processCall, .exceptionSubprocess: step(element, bounds, &svg)
    }
  }

  // MARK: Steps

  private static func step(_ element: FlowElement, _ bounds: FlowDiagram.Bounds, _ svg: inout SVGWriter) {
    svg.rectangle(bounds, style: "step", radius: 8)
    if case .processCall = element.kind {
      // BPMN's sign for something with an inside: a box with a plus.
      let size = 10.0
      let box = FlowDiagram.Bounds(
        x: bounds.middle.x - size / 2, y: bounds.y + bounds.height - size - 1, width: size, height: size)
      svg.rectangle(box, style: "sign")
      plus(in: box, arm: 3, &svg)
    }
    let kind = SVGText.wrapped(element.type.title, width: bounds.width - 6, size: 9, most: 1)
    svg.text(kind, at: .init(x: bounds.middle.x, y: bounds.y + 12), style: "kind", size: 9)
    let lines = SVGText.wrapped(element.name, width: bounds.width - 8, size: 11, most: 3)
    let first = bounds.y + 12 + (bounds.height - 12) / 2 - Double(lines.count - 1) * 6.6 + 3
    svg.text(lines, at: .init(x: bounds.middle.x, y: first), style: "name", size: 11)
  }

  // MARK: Events

  private static func event(_ element: FlowElement, _ bounds: FlowDiagram.Bounds, _ svg: inout SVGWriter) {
    let outline = eventBounds(bounds)
    let radius = max(outline.width / 2, 8)
    let middle = outline.middle
    svg.circle(middle, radius: radius, style: style(of: element.kind))
    sign(of: element.kind, middle, radius * 0.5, &svg)
    let lines = SVGText.wrapped(element.name, width: 110, size: 10, most: 2)
    svg.text(lines, at: .init(x: middle.x, y: middle.y + radius + 12), style: "label", size: 10)
  }

  /// The square of an event's circle: the editor's bounds hold its name below too.
  static func eventBounds(_ bounds: FlowDiagram.Bounds) -> FlowDiagram.Bounds {
    let size = min(bounds.width, bounds.height)
    return .init(x: bounds.x + (bounds.width - size) / 2, y: bounds.y, width: size, height: size)
  }

  private static func style(of kind: ElementKind) -> String {
    switch kind {
    case .start: "start"
    case .end(.error), .end(.escalation), .end(.terminate): "enderror"
    default: "end"
    }
  }

  private static func sign(
    of kind: ElementKind, _ middle: FlowDiagram.Point, _ size: Double, _ svg: inout SVGWriter
  ) {
    func line(_ points: [(Double, Double)], isClosed: Bool = false) {
      svg.path(
        points.map { .init(x: middle.x + $0.0 * size, y: middle.y + $0.1 * size) }, style: "sign", isClosed: isClosed)
    }
    switch kind {
    case .start(.timer):
      svg.circle(middle, radius: size, style: "sign")
      line([(0, -0.7), (0, 0), (0.5, 0.3)])
    case .start(.message), .end(.message):
      line([(-1, -0.7), (1, -0.7), (1, 0.7), (-1, 0.7)], isClosed: true)
      line([(-1, -0.7), (0, 0.1), (1, -0.7)])
    case .start(.error), .end(.error): line([(-0.9, 0.8), (-0.3, -0.6), (0.3, 0.3), (0.9, -0.8)])
    case .end(.escalation): line([(-0.7, 0.8), (0, -0.9), (0.7, 0.8), (0, 0.1)], isClosed: true)
    case .end(.terminate): svg.circle(middle, radius: size * 0.8, style: "sign")
    default: break
    }
  }

  // MARK: Gateways

  private static func gateway(_ element: FlowElement, _ bounds: FlowDiagram.Bounds, _ svg: inout SVGWriter) {
    let middle = bounds.middle
    let corners = [
      FlowDiagram.Point(x: middle.x, y: bounds.y), .init(x: bounds.x + bounds.width, y: middle.y),
      .init(x: middle.x, y: bounds.y + bounds.height), .init(x: bounds.x, y: middle.y),
    ]
    svg.path(corners, style: "gateway", isClosed: true)
    if case .router = element.kind {
      svg.path([.init(x: middle.x - 5, y: middle.y - 5), .init(x: middle.x + 5, y: middle.y + 5)], style: "sign")
      svg.path([.init(x: middle.x + 5, y: middle.y - 5), .init(x: middle.x - 5, y: middle.y + 5)], style: "sign")
    } else {
      plus(in: bounds, arm: 7, &svg)
    }
    let lines = SVGText.wrapped(element.name, width: 110, size: 10, most: 2)
    svg.text(lines, at: .init(x: middle.x, y: bounds.y + bounds.height + 12), style: "label", size: 10)
  }

  private static func plus(in bounds: FlowDiagram.Bounds, arm: Double, _ svg: inout SVGWriter) {
    let middle = bounds.middle
    svg.path([.init(x: middle.x - arm, y: middle.y), .init(x: middle.x + arm, y: middle.y)], style: "sign")
    svg.path([.init(x: middle.x, y: middle.y - arm), .init(x: middle.x, y: middle.y + arm)], style: "sign")
  }
}
