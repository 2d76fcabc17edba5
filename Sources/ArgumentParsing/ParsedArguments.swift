/// The arguments of one command line, checked against its syntax.
package struct ParsedArguments: Sendable, Equatable {
  /// In the order given.
  package internal(set) var positionals: [String] = []
  var values: [String: [String]] = [:]
  var flags: Set<String> = []

  package init() {}

  package func has(_ flag: String) -> Bool { flags.contains(flag) || values[flag] != nil }

  /// The value of an option that can be given once; nil when it was not given.
  package func value(of option: String) -> String? { values[option]?.last }

  /// The values of an option that can be repeated, in the order given.
  package func values(of option: String) -> [String] { values[option] ?? [] }
}
