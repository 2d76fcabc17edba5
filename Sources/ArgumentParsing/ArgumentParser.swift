/// Reads the words after the command's name.
///
/// `--name VALUE` and `--name=VALUE` are the same; `--` ends the options; a lone `-` is an argument (standard input).
package struct ArgumentParser: Sendable {
  let program: String
  let syntax: CommandSyntax

  package init(program: String, syntax: CommandSyntax) {
    self.program = program
    self.syntax = syntax
  }

  package func parse(_ words: [String]) throws(UsageError) -> ParsedArguments {
    var result = ParsedArguments()
    var rest = words[...]
    var optionsEnded = false
    while let word = rest.popFirst() {
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        result.positionals.append(word)
      } else if word == "--" {
        optionsEnded = true
      } else {
        try readOption(word, rest: &rest, into: &result)
      }
    }
    if !result.has("--help") { try checkCount(of: result.positionals) }
    return result
  }

  private func readOption(_ word: String, rest: inout ArraySlice<String>, into result: inout ParsedArguments)
    throws(UsageError)
  {
    let pieces = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = pieces[0]
    if name == "--help" || name == "-h" {
      result.flags.insert("--help")
      return
    }
    guard let option = syntax.options.first(where: { $0.name == name }) else {
      throw error(
        "unknown option '\(name)'",
        suggestion: NearestName.of(name, among: syntax.options.map(\.name) + ["--help"]))
    }
    if option.form == .flag {
      guard pieces.count == 1 else { throw error("option '\(name)' takes no value") }
      result.flags.insert(name)
      return
    }
    guard let value = pieces.count == 2 ? pieces[1] : rest.popFirst() else {
      throw error("option '\(option.usage)' has no value")
    }
    if case .choice(let allowed) = option.form, !allowed.contains(value) {
      throw error("option '\(name)' takes \(allowed.joined(separator: " or ")), not '\(value)'")
    }
    if case .repeated = option.form {
      result.values[name, default: []].append(value)
    } else {
      guard result.values[name] == nil else { throw error("option '\(name)' is given twice") }
      result.values[name] = [value]
    }
  }

  private func checkCount(of positionals: [String]) throws(UsageError) {
    var required = 0
    var unbounded = false
    for argument in syntax.arguments {
      if argument.count == .one || argument.count == .oneOrMore { required += 1 }
      if argument.count == .any || argument.count == .oneOrMore { unbounded = true }
    }
    if positionals.count < required {
      let missing = syntax.arguments.filter { $0.count == .one || $0.count == .oneOrMore }[positionals.count]
      throw error("missing \(missing.name): \(missing.help)")
    }
    if !unbounded, positionals.count > syntax.arguments.count {
      throw error("unexpected argument '\(positionals[syntax.arguments.count])'")
    }
  }

  private func error(_ problem: String, suggestion: String? = nil) -> UsageError {
    UsageError(
      problem, suggestion: suggestion, usage: HelpText.usageLine(program: program, syntax: syntax),
      example: syntax.example)
  }
}
