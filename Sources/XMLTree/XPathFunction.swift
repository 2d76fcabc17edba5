/// A function beyond XPath 1.0, such as `lower-case`, that expressions may call with or without the prefix `fn`.
package struct XPathFunction: Sendable {
  /// What a function may look at besides its arguments.
  package struct Call: Sendable {
    package let arguments: [XPathValue]
    /// What `current-dateTime()` gives, as `xs:dateTime` writes it; nil where the caller has no clock.
    package let currentDateTime: String?

    package func text(_ index: Int) -> String {
      arguments.indices.contains(index) ? arguments[index].stringValue : ""
    }
  }

  /// Why it cannot give a value: one sentence without full stop.
  package struct Failure: Error {
    package let detail: String

    package init(_ detail: String) { self.detail = detail }
  }

  package let name: String
  package let argumentCount: ClosedRange<Int>
  let apply: @Sendable (Call) throws(Failure) -> XPathValue

  /// - Parameter apply: nodes that it gives must be of the arguments.
  package init(
    _ name: String, arguments: ClosedRange<Int>, apply: @escaping @Sendable (Call) throws(Failure) -> XPathValue
  ) {
    self.name = name
    argumentCount = arguments
    self.apply = apply
  }
}
