/// How much an XML document may cost.
package struct XMLLimits: Sendable {
  /// Bytes of the document. 32 MiB; the largest of a thousand published flows has under 1 MiB.
  package var bytes = 32 * 1024 * 1024
  /// Elements, attributes and namespace declarations together. Each costs about 200 bytes while it is parsed.
  package var nodes = 500_000
  /// Comparisons of names that libxml2 may have to make: it looks each attribute up among those of its tag, and each
  /// prefix among the declarations, one by one. About half a second.
  package var comparisons = 500_000_000
  /// Elements within elements; libxml2 itself refuses the 257th of a configuration file.
  package var depth = 256

  package init() {}

  /// For the body of a message: 64 MiB, a million nodes (comments and instructions count too), a single text of any
  /// length. A tree costs about 250 bytes a node beside its text.
  package static let message: XMLLimits = {
    var limits = XMLLimits()
    limits.bytes = 64 * 1024 * 1024
    limits.nodes = 1_000_000
    return limits
  }()
}
