/// A command line that breaks the syntax: what is wrong, what would be right, one example.
package struct UsageError: Error, Sendable, Equatable {
  /// Lower case, the word at fault in single quotes; hostile bytes are escaped by whoever prints it.
  package let problem: String
  /// The nearest known name, when there is one near enough.
  package let suggestion: String?
  /// `tenant run-iflow NAME|FILE [options]`; nil when no command was recognised.
  package let usage: String?
  package let example: String?

  package init(_ problem: String, suggestion: String? = nil, usage: String? = nil, example: String? = nil) {
    self.problem = problem
    self.suggestion = suggestion
    self.usage = usage
    self.example = example
  }
}
