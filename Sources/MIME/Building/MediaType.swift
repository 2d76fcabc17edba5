import TenantBase

/// A media type that we write (RFC 2045 section 5.1), read strictly from what a channel says.
package struct MediaType: Sendable, Equatable {
  /// `text/plain`, lower case.
  package let name: String
  /// In their order, names in lower case.
  package var parameters: [Parameter]

  package struct Parameter: Sendable, Equatable {
    package var name: String
    package var value: String
  }

  /// For names that the code itself writes.
  package init(known name: StaticString) {
    self.name = "\(name)"
    parameters = []
  }

  package static let plainText = MediaType(known: "text/plain")
  package static let html = MediaType(known: "text/html")
  package static let octetStream = MediaType(known: "application/octet-stream")

  package var isText: Bool { name.hasPrefix("text/") }
  package var isMultipart: Bool { name.hasPrefix("multipart/") }
  package var charset: String? { parameters.first { $0.name == "charset" }?.value }

  /// Replaces the charset, or adds it as the first parameter.
  package mutating func setCharset(_ charset: String) {
    parameters.removeAll { $0.name == "charset" }
    parameters.insert(Parameter(name: "charset", value: charset), at: 0)
  }

  /// Reads `type/subtype; name=value; name="quoted value"`.
  package static func parsing(_ text: String, field: String) throws(MIMEError) -> MediaType {
    try HeaderWriter.refuseLineEnds(text, field: field)
    var parser = MediaTypeParser(bytes: Array(text.utf8), field: field)
    return try parser.parse()
  }

  fileprivate init(name: String, parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
  }
}

private struct MediaTypeParser {
  let bytes: [UInt8]
  let field: String
  var position = 0

  mutating func parse() throws(MIMEError) -> MediaType {
    skipBlanks()
    let type = try name("a type")
    guard take("/") else { throw failure("'/' is missing after the type") }
    let subtype = try name("a subtype")
    var parameters: [MediaType.Parameter] = []
    skipBlanks()
    while position < bytes.count {
      guard take(";") else { throw failure("';' is missing before a parameter") }
      skipBlanks()
      if position == bytes.count { break }
      let name = try name("a parameter's name").lowercased()
      skipBlanks()
      guard take("=") else { throw failure("'=' is missing after the parameter's name") }
      skipBlanks()
      let value = bytes[position...].first == UInt8(ascii: "\"") ? try quoted() : try token("a parameter's value")
      if parameters.contains(where: { $0.name == name }) { throw failure("the parameter '\(name)' stands there twice") }
      parameters.append(.init(name: name, value: value))
      skipBlanks()
    }
    return MediaType(name: "\(type)/\(subtype)".lowercased(), parameters: parameters)
  }

  private func failure(_ detail: String) -> MIMEError {
    MIMEError(.malformedMediaType, field: field, offset: position, detail: detail)
  }

  private mutating func skipBlanks() {
    while position < bytes.count, bytes[position] == ASCII.space || bytes[position] == ASCII.htab { position += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func token(_ what: String) throws(MIMEError) -> String {
    let start = position
    while position < bytes.count, HeaderParameter.isTokenByte(bytes[position]) { position += 1 }
    if start == position { throw failure("\(what) is missing") }
    return bytes[start..<position].utf8Text
  }

  /// RFC 6838 section 4.2: at most 127 characters.
  private mutating func name(_ what: String) throws(MIMEError) -> String {
    let name = try token(what)
    if name.utf8.count > 127 { throw failure("\(what) is longer than 127 characters") }
    return name
  }

  private mutating func quoted() throws(MIMEError) -> String {
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return content.utf8Text }
      if byte == UInt8(ascii: "\\"), position < bytes.count {
        content.append(bytes[position])
        position += 1
      } else {
        content.append(byte)
      }
    }
    throw failure("a quoted string without end")
  }
}
