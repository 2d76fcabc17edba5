import TenantBase

/// Makes a MIME structure of a value. Never fails: what is not there, or not as it should be, is left out.
///
/// Goes as deep as the value does, which the lexer has limited.
enum StructureReader {
  /// - Returns: nil for NIL, as Gmail sends for mails that it cannot read.
  static func structure(_ value: IMAPValue) -> BodyStructure? {
    guard let fields = value.elements, !fields.isEmpty else { return nil }
    // Gmail writes `("ALTERNATIVE")` for a multipart whose boundary is also that of the one around it.
    let isMultipart = fields[0].elements != nil || fields.count == 1
    return isMultipart ? multipart(fields) : part(fields)
  }

  private static func multipart(_ fields: [IMAPValue]) -> BodyStructure {
    let children = fields.prefix { $0.elements != nil }
    let rest = Array(fields.dropFirst(children.count))
    var result = BodyStructure(type: "multipart", subtype: lowercase(rest.value(0)) ?? "")
    result.parts = children.compactMap(structure)
    result.parameters = parameters(rest.value(1))
    result.disposition = disposition(rest.value(2))
    return result
  }

  private static func part(_ fields: [IMAPValue]) -> BodyStructure {
    var result = BodyStructure(type: lowercase(fields[0]) ?? "", subtype: lowercase(fields.value(1)) ?? "")
    result.parameters = parameters(fields.value(2))
    result.contentID = fields.value(3).bytes
    result.contentDescription = fields.value(4).bytes
    result.transferEncoding = lowercase(fields.value(5))
    result.size = fields.value(6).number
    // What stands behind the size depends on the type; then come MD5, disposition, language and location.
    var extensions = 7
    if result.type == "text" {
      if fields.value(7).number != nil {
        result.lines = fields.value(7).number
        extensions = 8
      }
    } else if result.type == "message", isMessage(fields) {
      result.envelope = EnvelopeReader.envelope(fields.value(7))
      result.parts = structure(fields.value(8)).map { [$0] } ?? []
      result.lines = fields.value(9).number
      extensions = 10
    }
    result.disposition = disposition(fields.value(extensions + 1))
    return result
  }

  // Some servers leave out envelope, structure and lines of a message/rfc822 that they cannot read.
  private static func isMessage(_ fields: [IMAPValue]) -> Bool {
    fields.value(7).elements != nil || fields.value(9).number != nil
  }

  private static func parameters(_ value: IMAPValue) -> [BodyStructure.Parameter] {
    let fields = value.elements ?? []
    return stride(from: 0, to: fields.count, by: 2).compactMap { index in
      guard let name = lowercase(fields[index]), let value = fields.value(index + 1).bytes else { return nil }
      return BodyStructure.Parameter(name: name, value: value)
    }
  }

  /// `("attachment" ("filename" "a"))`; Exchange sends `"inline"` for `("inline" NIL)`.
  private static func disposition(_ value: IMAPValue) -> BodyStructure.Disposition? {
    guard let kind = lowercase(value.unwrapped) else { return nil }
    return BodyStructure.Disposition(kind: kind, parameters: parameters(value.elements?.value(1) ?? .absent))
  }

  private static func lowercase(_ value: IMAPValue) -> String? { value.text?.lowercased() }
}
