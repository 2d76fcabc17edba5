/// Help texts, made from the declared syntax.
package enum HelpText {
  /// `tenant run-iflow NAME|FILE [options]`
  package static func usageLine(program: String, syntax: CommandSyntax) -> String {
    let words = [program, syntax.name] + syntax.arguments.map(\.usage) + (syntax.options.isEmpty ? [] : ["[options]"])
    return words.joined(separator: " ")
  }

  /// The whole help of one command, ending in a line feed.
  package static func command(program: String, syntax: CommandSyntax) -> String {
    var text = "\(syntax.name): \(syntax.summary)\n\nusage: \(usageLine(program: program, syntax: syntax))\n"
    let arguments = syntax.arguments.map { (term: $0.name, help: $0.help) }
    if !arguments.isEmpty { text += "\n" + table(arguments) }
    let options = syntax.options.map { (term: $0.usage, help: $0.help) }
    if !options.isEmpty { text += "\noptions:\n" + table(options) }
    if !syntax.details.isEmpty { text += "\n\(syntax.details)\n" }
    return text + "\nexample:\n  \(syntax.example)\n"
  }

  /// The list of commands, ending in a line feed.
  ///
  /// - Parameter group: the word with which all of them begin; nil for those of the whole program.
  package static func overview(
    program: String, group: String? = nil, purpose: String, commands: [CommandSyntax], options: [OptionSyntax],
    example: String
  ) -> String {
    let words = [program, group].compactMap { $0 }.joined(separator: " ")
    let usage = group == nil ? "\(program) [--home DIR] COMMAND" : "\(words) COMMAND"
    var text = "\(group ?? program): \(purpose)\n\nusage: \(usage) [arguments]\n\ncommands:\n"
    text += table(commands.map { (term: $0.name, help: $0.summary) })
    text += "\noptions of every command:\n" + table(options.map { (term: $0.usage, help: $0.help) })
    return text + "\nexample:\n  \(example)\n\n'\(words) COMMAND --help' tells more about a command.\n"
  }

  private static let widestTerm = 34
  private static let lineWidth = 110

  /// Two columns; a help text that does not fit goes on below itself.
  private static func table(_ rows: [(term: String, help: String)]) -> String {
    let width = min(rows.map(\.term.count).max() ?? 0, widestTerm)
    var text = ""
    for row in rows {
      let lines = wrapped(row.help, to: lineWidth - width - 4)
      let gap = String(repeating: " ", count: width + 4)
      if row.term.count > width {
        text += "  \(row.term)\n"
        for line in lines { text += gap + line + "\n" }
      } else {
        let padding = String(repeating: " ", count: width - row.term.count)
        text += "  \(row.term)\(padding)  " + lines.joined(separator: "\n" + gap) + "\n"
      }
    }
    return text
  }

  private static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return lines + [line]
  }
}
