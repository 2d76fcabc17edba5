/// Text in the form of RFC 3676: lines that end in a blank go on in the next one.
enum FlowedText {
  /// The paragraphs of `text` joined where the type says `format=flowed`; other text stays as it is.
  static func unflowed(_ text: String, _ type: ContentType) -> String {
    guard type.subtype == "plain", type.parameters["format"]?.lowercased() == "flowed" else { return text }
    let deletesBlank = type.parameters["delsp"]?.lowercased() == "yes"
    var result = ""
    /// The quote depth of the paragraph that goes on; nil when the line before is complete.
    var openDepth: Int?
    var isFirst = true
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let depth = line.prefix { $0 == ">" }.count
      var content = line.dropFirst(depth)
      if content.first == " " { content = content.dropFirst() }
      let isSignatureMark = content == "-- "
      let isFlowed = content.last == " " && !isSignatureMark
      if openDepth != depth || isSignatureMark {
        if !isFirst { result += "\n" }
        if depth > 0 { result += String(repeating: ">", count: depth) + " " }
      }
      result += isFlowed && deletesBlank ? content.dropLast() : content
      openDepth = isFlowed ? depth : nil
      isFirst = false
    }
    return result
  }
}
