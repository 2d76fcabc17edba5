/// What a command takes, declared once: the parser, the usage errors and the help text are all made from it.
package struct CommandSyntax: Sendable {
  /// As typed after `tenant`: one word, or two for a command of a group (`keystore list`).
  package let name: String
  /// One line for the list of commands; lower-case verb first, no full stop.
  package let summary: String
  package let arguments: [ArgumentSyntax]
  package let options: [OptionSyntax]
  /// One whole command line that works.
  package let example: String
  /// Further lines of the help text, already wrapped.
  package let details: String

  package init(
    _ name: String, summary: String, arguments: [ArgumentSyntax] = [], options: [OptionSyntax] = [],
    example: String, details: String = ""
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.options = options
    self.example = example
    self.details = details
  }
}

/// A positional argument.
package struct ArgumentSyntax: Sendable {
  package enum Count: Sendable, Equatable {
    case one
    case optional
    case oneOrMore
    case any
  }

  /// Upper case, as in the usage line: `FILE`.
  package let name: String
  package let count: Count
  package let help: String

  package init(_ name: String, _ count: Count = .one, help: String) {
    self.name = name
    self.count = count
    self.help = help
  }

  /// `FILE`, `[FILE]`, `FILE...`, `[FILE...]`.
  var usage: String {
    switch count {
    case .one: name
    case .optional: "[\(name)]"
    case .oneOrMore: "\(name)..."
    case .any: "[\(name)...]"
    }
  }
}

/// An option with a long name. An option that takes a secret does not exist.
package struct OptionSyntax: Sendable {
  package enum Form: Sendable, Equatable {
    /// Present or not.
    case flag
    /// One value, the placeholder names it; given twice is an error.
    case value(String)
    /// One value each time it is given.
    case repeated(String)
    /// One of the values listed; given twice is an error.
    case choice([String])
  }

  /// With its two dashes.
  package let name: String
  package let form: Form
  package let help: String

  package init(_ name: String, _ form: Form = .flag, help: String) {
    self.name = name
    self.form = form
    self.help = help
  }

  /// `--body FILE`, `--output table|json`.
  var usage: String {
    switch form {
    case .flag: name
    case .value(let placeholder), .repeated(let placeholder): "\(name) \(placeholder)"
    case .choice(let values): "\(name) \(values.joined(separator: "|"))"
    }
  }
}
