import CLibXML2
import TenantBase

/// Reads a whole XML document into a tree of values.
///
/// libxml2 does the work, with everything switched off that a document could use against us: any DOCTYPE is refused (so
/// there are no entities beyond the five of XML and character references), nothing is fetched, depth, size, number of
/// nodes and the work on them are limited. Namespaces are checked. Nothing is printed.
package struct XMLTreeParser: Sendable {
  package var limits: XMLLimits

  package init(limits: XMLLimits = XMLLimits()) { self.limits = limits }

  /// - Parameters:
  ///   - bytes: the document: UTF-8, UTF-16, ISO-8859-1, windows-1252 or ASCII.
  ///   - file: named in errors.
  /// - Returns: the root element.
  /// - Throws: `XMLError` with line and column.
  package func parse(_ bytes: [UInt8], file: String? = nil) throws(XMLError) -> XMLElement {
    do throws(XMLError) {
      return try parse(utf8: try utf8(of: bytes))
    } catch {
      throw XMLError(error.kind, file: file, line: error.line, column: error.column, detail: error.detail)
    }
  }

  /// libxml2's tree of a message, which the caller frees, and what it counts as nodes.
  func parseTree(_ bytes: [UInt8]) throws(XMLError) -> (document: xmlDocPtr, nodeCount: Int) {
    let text = try utf8(of: bytes)
    try checkAttributeWork(text)
    let session = XMLParserSession(limits: limits)
    return (try session.parseTree(text, takesLongText: true), session.countedNodes)
  }

  private func utf8(of bytes: [UInt8]) throws(XMLError) -> [UInt8] {
    try checkLength(bytes.count)
    let (encoding, markLength) = try XMLEncoding.detect(bytes)
    // The usual case costs no copy.
    if encoding == .utf8, markLength == 0 { return bytes }
    return encoding.utf8(bytes.dropFirst(markLength))
  }

  /// Reads text that is XML without a single root, such as a table of rows.
  ///
  /// - Returns: an element named `wrapper` that holds what the text holds. Lines count from 1 at the text's start.
  package func parseFragment(_ text: String, wrapper: String = "fragment") throws(XMLError) -> XMLElement {
    try checkLength(text.utf8.count)
    return try parse(utf8: Array("<\(wrapper)>".utf8) + Array(text.utf8) + Array("</\(wrapper)>".utf8))
  }

  private func checkLength(_ count: Int) throws(XMLError) {
    guard count <= limits.bytes else {
      throw XMLError(.limitExceeded, detail: "\(count) bytes, limit \(limits.bytes)")
    }
  }

  private func parse(utf8 bytes: [UInt8]) throws(XMLError) -> XMLElement {
    try checkAttributeWork(bytes)
    let session = XMLParserSession(limits: limits)
    return try session.parse(bytes)
  }

  /// libxml2 2.9 compares every attribute of a tag with all before it. All attributes of one tag stand between two `<`,
  /// and each has a quote after its `=`; so the sum of the squares of these numbers bounds the comparisons.
  private func checkAttributeWork(_ bytes: [UInt8]) throws(XMLError) {
    var work = 0
    var count = 0
    var afterEquals = false
    for byte in bytes {
      switch byte {
      case 0x3C:
        work += count * count
        count = 0
        afterEquals = false
      case 0x3D: afterEquals = true
      case 0x22, 0x27:
        if afterEquals { count += 1 }
        afterEquals = false
      case 0x20, 0x09, 0x0A, 0x0D: break
      default: afterEquals = false
      }
    }
    // At most (limit of bytes / 2) squared: far below Int.max for any limit below 4 GiB.
    guard work + count * count <= limits.comparisons else {
      throw XMLError(.limitExceeded, detail: "too many attributes in one element")
    }
  }
}
