import TenantBase

/// Where the elements that matter for sealing stand in the bytes of an artifact file. Holds no byte of it.
struct ArtifactMarkup: Sendable {
  /// One element, by its offsets.
  struct Element: Sendable {
    /// As written, with its prefix.
    let name: Range<Int>
    /// From `<` to after `>`.
    let startTag: Range<Int>
    /// Between the tags; nil for `<x/>` and where the end tag is missing.
    var content: Range<Int>?
    /// From `<` of the start tag to after the end tag.
    var whole: Range<Int>
  }

  fileprivate(set) var root: Element?
  /// The children of the root whose local name may hold a secret.
  fileprivate(set) var secrets: [Element] = []
  /// The first child of the root, whose indentation others follow.
  fileprivate(set) var firstChild: Element?

  /// - Parameter secretNames: local names of the elements that hold a secret.
  init(of bytes: [UInt8], secretNames: [String]) {
    var scanner = MarkupScanner(bytes: bytes, secretNames: secretNames.map { Array($0.utf8) })
    scanner.scan()
    self = scanner.found
  }

  fileprivate init() {}
}

/// Finds the secret of an artifact file in its bytes, before any of it becomes text.
///
/// It knows just enough of XML to tell tags from comments, CDATA sections and processing instructions. Whether the file is
/// well-formed is the parser's business: on a damaged file it finds what it finds.
private struct MarkupScanner {
  typealias Element = ArtifactMarkup.Element

  let bytes: [UInt8]
  let secretNames: [[UInt8]]
  var found = ArtifactMarkup()

  mutating func scan() {
    var open: [Element] = []
    var position = 0
    while let start = index(of: 0x3C, from: position) {
      if let end = skipped(at: start) {
        position = end
      } else if starts("</", at: start) {
        position = afterTag(start)
        if let element = open.popLast() { close(element, depth: open.count, endTag: start..<position) }
      } else {
        position = afterTag(start)
        let element = element(start..<position)
        if open.count == 1, found.firstChild == nil { found.firstChild = element }
        if bytes[position - 1] == 0x3E, bytes[position - 2] == 0x2F {
          close(element, depth: open.count, endTag: nil)
        } else {
          open.append(element)
        }
      }
    }
    // What was never closed is the parser's error to report, but its content must not get there in the open.
    while let element = open.popLast() { close(element, depth: open.count, endTag: bytes.count..<bytes.count) }
  }

  private mutating func close(_ element: Element, depth: Int, endTag: Range<Int>?) {
    var element = element
    if let endTag {
      element.content = element.startTag.upperBound..<endTag.lowerBound
      element.whole = element.startTag.lowerBound..<endTag.upperBound
    }
    if depth == 0, found.root == nil { found.root = element }
    if depth == 1, secretNames.contains(Array(localName(element))) { found.secrets.append(element) }
  }

  private func element(_ tag: Range<Int>) -> Element {
    let start = tag.lowerBound + 1
    var end = start
    while end < tag.upperBound, bytes[end] > ASCII.space, bytes[end] != 0x2F, bytes[end] != 0x3E { end += 1 }
    return Element(name: start..<end, startTag: tag, content: nil, whole: tag)
  }

  /// The name without its prefix.
  private func localName(_ element: Element) -> ArraySlice<UInt8> {
    let name = bytes[element.name]
    return name.lastIndex(of: 0x3A).map { name[($0 + 1)...] } ?? name
  }

  /// The end of a comment, a CDATA section, a processing instruction or a declaration; nil for a tag.
  private func skipped(at start: Int) -> Int? {
    for (opening, closing) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
    where starts(opening, at: start) {
      var position = start + opening.utf8.count
      while position < bytes.count, !starts(closing, at: position) { position += 1 }
      return min(position + closing.utf8.count, bytes.count)
    }
    return nil
  }

  /// The position after the `>` of the tag that begins at `start`; quotes hide a `>`.
  private func afterTag(_ start: Int) -> Int {
    var quote: UInt8?
    var position = start + 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x3E {
        break
      }
    }
    return position
  }

  private func starts(_ text: String, at position: Int) -> Bool {
    bytes[position...].starts(with: text.utf8)
  }

  private func index(of byte: UInt8, from start: Int) -> Int? {
    start < bytes.count ? bytes[start...].firstIndex(of: byte) : nil
  }
}
