import ArgumentParsing

/// Commands whose names begin with the same word: `keystore list`, `keystore show`.
struct CommandGroup: Sendable {
  let name: String
  /// One line for the list of commands.
  let summary: String
  let example: String

  static let all = [
    CommandGroup(
      name: "keystore", summary: "manages certificates, and the keys that open the keystore",
      example: "tenant keystore list"),
    CommandGroup(
      name: "messages", summary: "shows what became of messages, and decides about those that need a person",
      example: "tenant messages list"),
    CommandGroup(
      name: "variables", summary: "shows and deletes the variables that flows have written",
      example: "tenant variables list"),
    CommandGroup(
      name: "data-store", summary: "shows and deletes what flows have put into data stores",
      example: "tenant data-store list"),
    CommandGroup(
      name: "message-store", summary: "shows the messages that Persist steps have kept",
      example: "tenant message-store list"),
    CommandGroup(
      name: "number-range", summary: "sets the counter of a number range",
      example: #"tenant number-range set-next "Invoice Numbers" 5000"#),
    CommandGroup(name: "mail", summary: "looks into a mail", example: "tenant mail show mail.eml"),
  ]

  /// nil for the name of a command, or of nothing.
  static func named(_ name: String) -> CommandGroup? { all.first { $0.name == name } }

  /// The list for the program's own help: a group is one line in it, where its first command would stand.
  static func collapsing(_ commands: [CommandSyntax]) -> [CommandSyntax] {
    var lines: [CommandSyntax] = []
    for command in commands {
      guard let group = all.first(where: { command.name.hasPrefix($0.name + " ") }) else {
        lines.append(command)
        continue
      }
      let name = "\(group.name) ..."
      if lines.last?.name != name { lines.append(CommandSyntax(name, summary: group.summary, example: group.example)) }
    }
    return lines
  }

  /// The group's commands.
  var overview: String {
    HelpText.overview(
      program: Program.name, group: name, purpose: summary,
      commands: Program.commands.map { $0.syntax }.filter { $0.name.hasPrefix(name + " ") },
      options: Program.commonOptions, example: example)
  }
}
