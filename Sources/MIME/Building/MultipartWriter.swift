import System
import TenantBase

/// Writes a multipart (RFC 2046 section 5.1) of parts in memory or files, whose content is not encoded: for channels that
/// carry eight bits, as HTTP and files do.
package struct MultipartWriter {
  package let subtype: String
  package let boundary: String

  /// - Parameters:
  ///   - subtype: `related`, `mixed`; a token.
  ///   - boundary: random, so that no content holds it; 1 to 70 token characters.
  package init(subtype: String, boundary: String) throws(MIMEError) {
    guard !subtype.isEmpty, subtype.utf8.allSatisfy(HeaderParameter.isTokenByte), subtype.utf8.count <= 70 else {
      throw MIMEError(
        .malformedMediaType, field: "Content-Type", offset: 0, detail: "a multipart subtype that is no token")
    }
    self.subtype = subtype.lowercased()
    self.boundary = boundary
  }

  package static func makeBoundary() -> String { "----=_Part_\(RandomIdentifier.hex(byteCount: 16))" }

  /// The value of the Content-Type of the whole.
  ///
  /// - Parameter folds: whether a line end stands before the boundary, as mail has it and HTTP forbids it.
  package func contentType(folds: Bool) -> String {
    "multipart/\(subtype);\(folds ? "\r\n\t" : " ")boundary=\"\(boundary)\""
  }

  /// Further header fields of the message that the whole is, each with its line end.
  package static func field(_ name: String, _ value: String) throws(MIMEError) -> [UInt8] {
    var writer = HeaderWriter()
    try writer.unstructured(name, value)
    return writer.output
  }

  /// The delimiter and the header of a part, up to the empty line.
  ///
  /// - Parameters:
  ///   - contentType: as it is to stand there; what has a line end is refused.
  ///   - fileName: nil for the body.
  package func partHead(
    contentType: String, transferEncoding: String, fileName: String?, isFirst: Bool
  ) throws(MIMEError) -> [UInt8] {
    var writer = HeaderWriter()
    try writer.structured("Content-Type", [contentType])
    try writer.structured("Content-Transfer-Encoding", [transferEncoding])
    if let fileName {
      let parameters = HeaderParameter.tokens("filename", fileName)
      try writer.structured(
        "Content-Disposition",
        ["attachment;"]
          + parameters.enumerated().map { $0.offset + 1 < parameters.count ? $0.element + ";" : $0.element })
    }
    writer.endHeader()
    return Array("\(isFirst ? "" : "\r\n")--\(boundary)\r\n".utf8) + writer.output
  }

  /// The closing delimiter.
  package var end: [UInt8] { Array("\r\n--\(boundary)--\r\n".utf8) }
}
