import TenantBase

/// A Content-Disposition (RFC 2183).
package struct Disposition: Sendable, Equatable {
  /// `inline`, `attachment` or another, in lower case.
  package var kind: String
  package var parameters: ParameterList

  package var isAttachment: Bool { kind == "attachment" }
  package var isInline: Bool { kind == "inline" }

  /// - Returns: nil when there is neither a kind nor a parameter.
  package static func parse(_ value: [UInt8]) -> Disposition? {
    let (head, parameters) = ParameterList.parse(value, limits: .standard)
    // Lenient: `Content-Disposition: filename="x.pdf"` without a kind is an attachment.
    if head.contains(0x3D) {
      let (_, whole) = ParameterList.parse([0x3B] + value, limits: .standard)
      return Disposition(kind: "attachment", parameters: whole)
    }
    let kind = head.filter { $0 > ASCII.space && $0 != 0x22 }.map(ASCII.lowercased).utf8Text
    if kind.isEmpty && parameters.items.isEmpty { return nil }
    return Disposition(kind: kind.isEmpty ? "attachment" : kind, parameters: parameters)
  }
}
