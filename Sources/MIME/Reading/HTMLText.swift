import TenantBase

/// The text of an HTML body, for mail that brings no plain text. Nothing is loaded or run; time is linear.
package enum HTMLText {
  package static func plainText(of html: String) -> String {
    var converter = HTMLTextConverter(Array(html.utf8))
    return converter.convert()
  }
}

private struct HTMLTextConverter {
  private let html: [UInt8]
  private var index = 0
  private var output: [UInt8] = []
  /// Line ends to write before the next text; 2 is an empty line.
  private var pendingLines = 0
  private var hasPendingBlank = false
  private var preformattedDepth = 0

  init(_ html: [UInt8]) { self.html = html }

  mutating func convert() -> String {
    output.reserveCapacity(html.count / 2)
    while index < html.count {
      switch html[index] {
      case 0x3C: readMarkup()
      case 0x26: readEntity()
      default: readText()
      }
    }
    if !output.isEmpty { output.append(ASCII.lf) }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func readText() {
    let byte = html[index]
    index += 1
    if byte <= ASCII.space, preformattedDepth == 0 || byte == ASCII.cr {
      hasPendingBlank = true
    } else if byte == ASCII.lf {
      output.append(byte)
    } else {
      append(byte)
    }
  }

  private mutating func append(_ byte: UInt8) {
    if pendingLines > 0 {
      if !output.isEmpty { output.append(contentsOf: repeatElement(ASCII.lf, count: pendingLines)) }
    } else if hasPendingBlank, let last = output.last, last != ASCII.lf {
      output.append(ASCII.space)
    }
    pendingLines = 0
    hasPendingBlank = false
    output.append(byte)
  }

  private mutating func readMarkup() {
    if stands("<!--") { return skip(past: "-->") }
    guard index + 1 < html.count, ASCII.isLetter(html[index + 1]) || [0x2F, 0x21, 0x3F].contains(html[index + 1])
    else {
      append(0x3C)
      index += 1
      return
    }
    index += 1
    let isClosing = html[index] == 0x2F
    if isClosing { index += 1 }
    let start = index
    while index < html.count, ASCII.isLetter(html[index]) || ASCII.isDigit(html[index]) { index += 1 }
    let name = html[start..<index].prefix(20).map(ASCII.lowercased).utf8Text
    skipAttributes()
    apply(name, isClosing: isClosing)
  }

  private func stands(_ text: StaticString) -> Bool {
    let mark = text.description.utf8
    return html.count - index >= mark.count && html[index..<(index + mark.count)].elementsEqual(mark)
  }

  /// To behind the `>`; one within quotes does not count.
  private mutating func skipAttributes() {
    var quote: UInt8 = 0
    while index < html.count {
      let byte = html[index]
      index += 1
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == 0x22 || byte == 0x27 {
        if index >= 2, html[index - 2] == 0x3D { quote = byte }
      } else if byte == 0x3E {
        return
      }
    }
  }

  private mutating func apply(_ name: String, isClosing: Bool) {
    switch name {
    case "script", "style", "title", "template": if !isClosing { skipElement(name) }
    case "br":
      output.append(ASCII.lf)
      hasPendingBlank = false
    case "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "hr":
      pendingLines = max(pendingLines, 2)
    case "div", "tr", "section", "article", "header", "footer", "dt", "dd", "address", "form":
      pendingLines = max(pendingLines, 1)
    case "pre", "textarea":
      preformattedDepth = max(preformattedDepth + (isClosing ? -1 : 1), 0)
      pendingLines = max(pendingLines, 1)
    case "li":
      pendingLines = max(pendingLines, 1)
      if !isClosing {
        append(0x2D)
        hasPendingBlank = true
      }
    case "td", "th": hasPendingBlank = true
    default: break
    }
  }

  /// Leaves out the content of an element that holds no text for people.
  private mutating func skipElement(_ name: String) {
    let closing = Array("</\(name)".utf8)
    while index < html.count {
      if html[index] == 0x3C, index + closing.count <= html.count,
        ASCII.equalIgnoringCase(html[index..<(index + closing.count)], closing)
      {
        skipAttributes()
        return
      }
      index += 1
    }
  }

  private mutating func skip(past mark: StaticString) {
    while index < html.count {
      if stands(mark) {
        index += mark.utf8CodeUnitCount
        return
      }
      index += 1
    }
  }

  /// `&amp;`, `&#8364;`, `&#x20ac;`; anything else stays as it is.
  private mutating func readEntity() {
    let start = index + 1
    var end = start
    while end < html.count, end - start < 12,
      ASCII.isLetter(html[end]) || ASCII.isDigit(html[end]) || html[end] == 0x23
    { end += 1 }
    guard let scalar = HTMLEntity.scalar(html[start..<end].utf8Text) else {
      append(0x26)
      index += 1
      return
    }
    index = end < html.count && html[end] == 0x3B ? end + 1 : end
    if scalar == "\u{A0}" {
      append(ASCII.space)
    } else {
      for byte in String(Character(scalar)).utf8 { append(byte) }
    }
  }
}
