/// How much an XML document may cost. The depth is limited to 256 by libxml2 itself.
package struct XMLLimits: Sendable {
  /// Bytes of the document. 32 MiB; the largest of a thousand published flows has under 1 MiB.
  package var bytes = 32 * 1024 * 1024
  /// Elements, attributes and namespace declarations together. Each costs about 200 bytes while it is parsed.
  package var nodes = 500_000
  /// Comparisons of names that libxml2 may have to make: it looks each attribute up among those of its tag, and each
  /// prefix among the declarations, one by one. About half a second.
  package var comparisons = 500_000_000

  package init() {}
}
