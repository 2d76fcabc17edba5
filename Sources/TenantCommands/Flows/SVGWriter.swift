import FlowModel
import TenantBase
import XMLTree

/// Writes the few SVG elements that a flow's picture needs. Every text and number goes through here.
struct SVGWriter {
  private var body = ""
  private var bounds: FlowDiagram.Bounds?

  // MARK: What is drawn

  mutating func rectangle(_ bounds: FlowDiagram.Bounds, style: String, radius: Double = 0) {
    cover(bounds)
    let corner = radius > 0 ? " rx=\"\(Self.number(radius))\"" : ""
    body +=
      "<rect class=\"\(style)\" x=\"\(Self.number(bounds.x))\" y=\"\(Self.number(bounds.y))\""
      + " width=\"\(Self.number(bounds.width))\" height=\"\(Self.number(bounds.height))\"\(corner)/>\n"
  }

  mutating func circle(_ middle: FlowDiagram.Point, radius: Double, style: String) {
    cover(.init(x: middle.x - radius, y: middle.y - radius, width: 2 * radius, height: 2 * radius))
    body +=
      "<circle class=\"\(style)\" cx=\"\(Self.number(middle.x))\" cy=\"\(Self.number(middle.y))\" r=\"\(Self.number(radius))\"/>\n"
  }

  /// A line through points, closed or open.
  mutating func path(_ points: [FlowDiagram.Point], style: String, isClosed: Bool = false, isArrow: Bool = false) {
    guard let first = points.first else { return }
    for point in points { cover(.init(x: point.x, y: point.y, width: 0, height: 0)) }
    let lines = points.dropFirst().map { " L\(Self.number($0.x)) \(Self.number($0.y))" }.joined()
    let head = isArrow ? " marker-end=\"url(#head)\"" : ""
    body +=
      "<path class=\"\(style)\" d=\"M\(Self.number(first.x)) \(Self.number(first.y))\(lines)\(isClosed ? " Z" : "")\"\(head)/>\n"
  }

  enum Anchor: String { case start, middle, end }

  /// Lines of text below each other; `position` is the base line of the first one.
  mutating func text(
    _ lines: [String], at position: FlowDiagram.Point, style: String, size: Double, anchor: Anchor = .middle
  ) {
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let y = position.y + Double(index) * size * 1.2
      let width = SVGText.width(line, size: size)
      let left = anchor == .start ? position.x : anchor == .end ? position.x - width : position.x - width / 2
      cover(.init(x: left, y: y - size, width: width, height: size * 1.3))
      body +=
        "<text class=\"\(style)\" x=\"\(Self.number(position.x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\""
        + " text-anchor=\"\(anchor.rawValue)\">\(SVGText.escaped(line))</text>\n"
    }
  }

  /// A name that a viewer shows when the pointer rests on what is drawn next, until ``endGroup()``.
  mutating func beginGroup(title: String) { body += "<g><title>\(SVGText.escaped(title))</title>\n" }
  mutating func endGroup() { body += "</g>\n" }

  private mutating func cover(_ other: FlowDiagram.Bounds) {
    guard let old = bounds else {
      bounds = other
      return
    }
    let (left, top) = (min(old.x, other.x), min(old.y, other.y))
    let (right, bottom) = (
      max(old.x + old.width, other.x + other.width), max(old.y + old.height, other.y + other.height)
    )
    bounds = .init(x: left, y: top, width: right - left, height: bottom - top)
  }

  // MARK: The document

  /// The picture with a margin around everything that was drawn.
  func document(title: String) -> String {
    let margin = 20.0
    let inner = bounds ?? .init(x: 0, y: 0, width: 100, height: 100)
    let box = FlowDiagram.Bounds(
      x: inner.x - margin, y: inner.y - margin, width: inner.width + 2 * margin, height: inner.height + 2 * margin)
    let (x, y, width, height) =
      (Self.number(box.x), Self.number(box.y), Self.number(box.width), Self.number(box.height))
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="\(x) \(y) \(width) \(height)" font-family="'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">
      <title>\(SVGText.escaped(title))</title>
      <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 Z" fill="#4a5568"/></marker></defs>
      <style>
      \(Self.styles)
      </style>
      <rect x="\(x)" y="\(y)" width="\(width)" height="\(height)" fill="#ffffff"/>
      \(body)</svg>

      """
  }

  private static let styles = """
    .pool { fill: #f7fafc; stroke: #a0aec0 }
    .local { fill: #f7fafc; stroke: #a0aec0; stroke-dasharray: 6 3 }
    .partner { fill: #edf2f7; stroke: #718096 }
    .inner { fill: #fff5f5; stroke: #c53030; stroke-dasharray: 4 3 }
    .step { fill: #ffffff; stroke: #2b6cb0; stroke-width: 1.4 }
    .gateway { fill: #fffaf0; stroke: #b7791f; stroke-width: 1.4 }
    .start { fill: #f0fff4; stroke: #2f855a; stroke-width: 1.4 }
    .end { fill: #ffffff; stroke: #2d3748; stroke-width: 3 }
    .enderror { fill: #fff5f5; stroke: #c53030; stroke-width: 3 }
    .sign { fill: none; stroke: #2d3748; stroke-width: 1.3 }
    .arrow { fill: none; stroke: #4a5568; stroke-width: 1.2 }
    .channel { fill: none; stroke: #4a5568; stroke-width: 1.2; stroke-dasharray: 5 3 }
    .name { fill: #1a202c }
    .strong { fill: #1a202c; font-weight: bold }
    .kind { fill: #4a5568 }
    .label { fill: #2d3748; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
    """

  /// At most one digit behind the point.
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1_000_000_000 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}

/// Text in pictures: measured roughly, wrapped, and escaped.
enum SVGText {
  /// About the width of a line in a sans-serif font.
  static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + (advance($1) * size) }
  }

  private static func advance(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "f", "t", "r", "(", ")", "/": 0.32
    case "m", "w", "M", "W", "@", "%": 0.88
    case "A"..."Z", "_": 0.68
    default: scalar.value > 0x2E80 ? 1.0 : 0.56
    }
  }

  /// Breaks a text into lines of at most `width`, at blanks, underscores, hyphens, dots and in camel case where it can; what does not fit
  /// into `most` lines ends in an ellipsis.
  static func wrapped(_ text: String, width: Double, size: Double, most: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for piece in pieces(PrintableText.escaping(text, limit: 300)) {
      if !line.isEmpty, self.width(line + trimmed(piece), size: size) > width {
        lines.append(trimmed(line))
        line = ""
      }
      line += line.isEmpty ? trimmedFront(piece) : piece
      while self.width(line, size: size) > width, line.count > 1 {
        var head = line
        while self.width(head, size: size) > width, head.count > 1 { head.removeLast() }
        lines.append(head)
        line = String(line.dropFirst(head.count))
      }
    }
    if !trimmed(line).isEmpty { lines.append(trimmed(line)) }
    guard lines.count > most, most > 0 else { return lines }
    var last = lines[most - 1]
    while last.count > 1, self.width(last + "…", size: size) > width { last.removeLast() }
    return lines.prefix(most - 1) + [last + "…"]
  }

  private static func pieces(_ text: String) -> [String] {
    var result: [String] = []
    var piece = ""
    for character in text {
      // Names are often written in camel case, which may be broken too.
      if character.isUppercase, piece.last?.isLowercase == true {
        result.append(piece)
        piece = ""
      }
      piece.append(character)
      if " _-./".contains(character) {
        result.append(piece)
        piece = ""
      }
    }
    return piece.isEmpty ? result : result + [piece]
  }

  private static func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while rest.last == " " { rest.removeLast() }
    return trimmedFront(String(rest))
  }

  private static func trimmedFront(_ text: String) -> String { String(text.drop { $0 == " " }) }

  /// For element content. What XML cannot carry has been made printable before; should something be left, it is left out.
  static func escaped(_ text: String) -> String {
    let printable = PrintableText.escaping(text, limit: 1_000)
    return (try? XMLEscaping.content(printable)) ?? ""
  }
}
