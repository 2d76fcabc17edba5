import CLibXML2
import Synchronization
import TenantBase

/// An XML schema of one file, compiled once, against which documents are validated by libxml2.
///
/// Schemas that import, include or redefine others are refused, and where a document says that its schema lies elsewhere
/// (`xsi:schemaLocation`) libxml2 does not look while it has one: nothing is fetched. May be used from several threads; one
/// validation runs at a time.
package final class XMLSchema: Sendable {
  /// What of a document the schema does not allow.
  package struct Violation: Sendable, Equatable {
    /// From 1.
    package let line: Int
    /// libxml2's words, printable.
    package let detail: String
  }

  /// Violations that are told of one document.
  package static let violationLimit = 20
  /// Nodes of a document: keys and references are compared by pairs.
  package static let documentNodeLimit = 200_000

  // Only touched under `lock`, and by `init` and `deinit`.
  nonisolated(unsafe) private let pointer: xmlSchemaPtr
  /// The compiled form points into it.
  private let document: XPathDocument
  private let lock = Mutex<Void>(())

  private static let areTypesReady: Void = xmlSchemaInitTypes()

  /// - Throws: `malformed` with the line when it is no schema, or needs other files.
  package init(_ bytes: [UInt8], file: String? = nil) throws(XMLError) {
    document = try XPathDocument(bytes, limits: XMLLimits())
    Self.areTypesReady
    try Self.refuseOtherFiles(document, file: file)
    let errors = ErrorCollector()
    guard let context = xmlSchemaNewDocParserCtxt(document.pointer) else {
      throw XMLError(.limitExceeded, file: file, detail: "out of memory")
    }
    defer { xmlSchemaFreeParserCtxt(context) }
    xmlSchemaSetParserStructuredErrors(context, ErrorCollector.collect, errors.pointer)
    let schema = withExtendedLifetime(errors) { xmlSchemaParse(context) }
    guard let schema else {
      let first = errors.violations.first
      throw XMLError(.malformed, file: file, line: first?.line, detail: first?.detail ?? "it is no XML schema")
    }
    pointer = schema
  }

  deinit { xmlSchemaFree(pointer) }

  private static func refuseOtherFiles(_ document: XPathDocument, file: String?) throws(XMLError) {
    guard let root = document.root else { return }
    for child in root.children {
      guard let name = child.name?.localName, ["import", "include", "redefine"].contains(name) else { continue }
      throw XMLError(
        .malformed, file: file, line: child.line, detail: "it needs other files ('\(name)'), which cannot be read here")
    }
  }

  /// - Returns: at most ``violationLimit``; empty when the document is valid.
  /// - Throws: `limitExceeded` for a document of more than ``documentNodeLimit`` nodes, or one that libxml2 gives up on.
  package func violations(of document: XPathDocument) throws(XMLError) -> [Violation] {
    guard document.nodeCount <= Self.documentNodeLimit else {
      throw XMLError(
        .limitExceeded,
        detail: "\(document.nodeCount) elements and attributes; up to \(Self.documentNodeLimit) are validated")
    }
    let (status, violations) = lock.withLock { _ in validate(document) }
    guard status >= 0 else { throw XMLError(.limitExceeded, detail: "the validation was given up") }
    if status > 0, violations.isEmpty { return [Violation(line: 1, detail: "the document is not valid")] }
    return violations
  }

  private func validate(_ document: XPathDocument) -> (Int32, [Violation]) {
    guard let context = xmlSchemaNewValidCtxt(pointer) else { return (-1, []) }
    defer { xmlSchemaFreeValidCtxt(context) }
    let errors = ErrorCollector()
    xmlSchemaSetValidStructuredErrors(context, ErrorCollector.collect, errors.pointer)
    let status = withExtendedLifetime(errors) { xmlSchemaValidateDoc(context, document.pointer) }
    return (status, errors.violations)
  }
}

/// Where libxml2's callbacks put what they find; it lives for one call.
private final class ErrorCollector {
  private(set) var violations: [XMLSchema.Violation] = []

  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let collect: @convention(c) (UnsafeMutableRawPointer?, xmlErrorPtr?) -> Void = { owner, error in
    guard let owner, let error else { return }
    let collector = Unmanaged<ErrorCollector>.fromOpaque(owner).takeUnretainedValue()
    guard collector.violations.count < XMLSchema.violationLimit else { return }
    var words = error.pointee.message.map { String(cString: $0) } ?? "unknown error"
    while words.last?.isWhitespace == true { words.removeLast() }
    collector.violations.append(
      XMLSchema.Violation(line: max(Int(error.pointee.line), 1), detail: PrintableText.escaping(words, limit: 300)))
  }
}
