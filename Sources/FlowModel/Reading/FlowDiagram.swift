import TenantBase
import XMLTree

/// Where the editor drew the parts of a flow: the shapes and arrows of its `BPMNDiagram`.
///
/// For pictures only: a flow runs without it. Coordinates grow to the right and down, in the editor's pixels.
package struct FlowDiagram: Sendable, Equatable {
  package struct Point: Sendable, Equatable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  package struct Bounds: Sendable, Equatable {
    package var x: Double
    package var y: Double
    /// Not negative.
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }

    package var middle: Point { Point(x: x + width / 2, y: y + height / 2) }
  }

  /// Of participants, processes' pools, steps and events, by their id. The first one counts.
  package var shapes: [String: Bounds]
  /// The corners of arrows and channels, by their id, from source to target; two at least.
  package var arrows: [String: [Point]]

  package init(shapes: [String: Bounds] = [:], arrows: [String: [Point]] = [:]) {
    self.shapes = shapes
    self.arrows = arrows
  }

  package var isEmpty: Bool { shapes.isEmpty }
}

extension FlowDiagram {
  /// Numbers beyond this, in either direction, belong to no drawing.
  private static let farthest = 100_000.0

  /// - Parameter bytes: the `.iflw`.
  /// - Returns: an empty diagram when the flow has none. Shapes and arrows without readable numbers are left out.
  package init(_ bytes: [UInt8], file: String) throws(FlowModelError) {
    let root: XMLElement
    do throws(XMLError) {
      root = try XMLTreeParser().parse(bytes, file: file)
    } catch { throw FlowModelError(error, file: file) }
    self.init()
    for diagram in root.children(named: "BPMNDiagram") {
      for plane in diagram.children(named: "BPMNPlane") {
        for part in plane.children { note(part) }
      }
    }
  }

  private mutating func note(_ part: XMLElement) {
    guard let id = part.attribute("bpmnElement") else { return }
    switch part.localName {
    case "BPMNShape":
      if shapes[id] == nil, let bounds = part.firstChild(named: "Bounds").flatMap(Self.bounds) { shapes[id] = bounds }
    case "BPMNEdge":
      let points = part.children(named: "waypoint").prefix(FlowLimits.parts).compactMap(Self.point)
      if arrows[id] == nil, points.count > 1 { arrows[id] = points }
    default: break
    }
  }

  private static func bounds(_ element: XMLElement) -> Bounds? {
    guard let corner = point(element), let width = number(element, "width"), let height = number(element, "height"),
      width >= 0, height >= 0
    else { return nil }
    return Bounds(x: corner.x, y: corner.y, width: width, height: height)
  }

  private static func point(_ element: XMLElement) -> Point? {
    guard let x = number(element, "x"), let y = number(element, "y") else { return nil }
    return Point(x: x, y: y)
  }

  private static func number(_ element: XMLElement, _ name: String) -> Double? {
    guard let number = element.attribute(name).flatMap({ Double($0.trimmed) }), abs(number) <= farthest else {
      return nil
    }
    return number
  }
}
