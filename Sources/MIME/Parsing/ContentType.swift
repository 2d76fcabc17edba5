import TenantBase

/// A Content-Type (RFC 2045 section 5) or another field of the same form.
package struct ContentType: Sendable, Equatable {
  /// In lower case.
  package var type: String
  /// In lower case.
  package var subtype: String
  package var parameters: ParameterList

  package init(type: String, subtype: String, parameters: ParameterList = ParameterList()) {
    self.type = type
    self.subtype = subtype
    self.parameters = parameters
  }

  package static let plainText = ContentType(type: "text", subtype: "plain")
  package static let message = ContentType(type: "message", subtype: "rfc822")

  /// `text/plain`.
  package var mediaType: String { "\(type)/\(subtype)" }

  package var isMultipart: Bool { type == "multipart" }
  package var isText: Bool { type == "text" }
  /// A mail within a part: RFC 2046 section 5.2.1, RFC 6532 section 3.7.
  package var isMessage: Bool {
    type == "message" && (subtype == "rfc822" || subtype == "global" || subtype == "news")
  }

  /// The charset parameter, nil when there is none.
  package var charset: String? { parameters["charset"] }

  /// - Returns: nil when the value does not begin with `type/subtype`.
  package static func parse(_ value: [UInt8], limits: MIMELimits = .standard) -> ContentType? {
    let (head, parameters) = ParameterList.parse(value, limits: limits)
    guard let slash = head.firstIndex(of: 0x2F) else { return nil }
    let type = head[..<slash].filter { $0 > ASCII.space }
    var subtype = head[(slash + 1)...].drop { $0 <= ASCII.space }
    if let blank = subtype.firstIndex(where: { $0 <= ASCII.space }) { subtype = subtype[..<blank] }
    guard !type.isEmpty, !subtype.isEmpty, type.count <= 127, subtype.count <= 127,
      type.allSatisfy(ASCII.isVisible), subtype.allSatisfy(ASCII.isVisible)
    else { return nil }
    return ContentType(
      type: type.map(ASCII.lowercased).utf8Text, subtype: subtype.map(ASCII.lowercased).utf8Text,
      parameters: parameters)
  }
}
