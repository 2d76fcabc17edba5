import ArgumentParsing

/// The command line taken apart: options of the program, the command's name (one word, or two of a group), and the rest.
///
/// `--home DIR` may stand before or after the command.
struct CommandLineWords {
  /// The first words of commands whose name has two.
  static let groups: Set<String> = Set(CommandGroup.all.map(\.name))

  private(set) var home: String?
  private(set) var asksForHelp = false
  private(set) var asksForVersion = false
  private(set) var commandName: String?
  private(set) var rest: [String] = []

  init(_ words: [String]) throws(UsageError) {
    var remaining = words[...]
    var optionsEnded = false
    while let word = remaining.popFirst() {
      if optionsEnded {
        rest.append(word)
      } else if word == "--home" || word.hasPrefix("--home=") {
        try readHome(word, remaining: &remaining)
      } else if word == "--" {
        optionsEnded = true
        rest.append(word)
      } else if commandName == nil, word == "--help" || word == "-h" {
        asksForHelp = true
      } else if commandName == nil, word == "--version" {
        asksForVersion = true
      } else if commandName == nil, word == "help" {
        asksForHelp = true
      } else if commandName == nil {
        guard !word.hasPrefix("-") else {
          throw UsageError(
            "unknown option '\(word)'", suggestion: NearestName.of(word, among: ["--home", "--help", "--version"]),
            usage: "tenant [--home DIR] COMMAND [arguments]", example: "tenant --help")
        }
        commandName = word
        if Self.groups.contains(word), let next = remaining.first, !next.hasPrefix("-") {
          commandName = "\(word) \(next)"
          remaining.removeFirst()
        }
      } else {
        rest.append(word)
      }
    }
    if asksForHelp, commandName != nil { rest.append("--help") }
  }

  private mutating func readHome(_ word: String, remaining: inout ArraySlice<String>) throws(UsageError) {
    let value = word == "--home" ? remaining.popFirst() : String(word.dropFirst("--home=".count))
    guard let value, !value.isEmpty else {
      throw UsageError(
        "option '--home DIR' has no value", usage: "tenant [--home DIR] COMMAND [arguments]",
        example: "tenant --home /srv/mail list-artifacts")
    }
    guard home == nil else { throw UsageError("option '--home' is given twice") }
    home = value
  }
}
