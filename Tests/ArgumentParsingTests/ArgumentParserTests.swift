import ArgumentParsing
import Testing

private let syntax = CommandSyntax(
  "send", summary: "sends things", arguments: [ArgumentSyntax("FILE", .oneOrMore, help: "what to send")],
  options: [
    OptionSyntax("--to", .value("ADDRESS"), help: "where to"),
    OptionSyntax("--header", .repeated("N=V"), help: "a header"),
    OptionSyntax("--output", .choice(["table", "json"]), help: "form of the result"),
    OptionSyntax("--dry-run", help: "sends nothing"),
  ],
  example: "tenant send a.txt --to b@example.com")

private func parse(_ words: String...) throws(UsageError) -> ParsedArguments {
  try ArgumentParser(program: "tenant", syntax: syntax).parse(words)
}

@Suite struct ArgumentParserTests {
  @Test func `options and arguments may stand in any order`() throws {
    let parsed = try parse("--to", "b@example.com", "one", "--dry-run", "two", "--header=A=1", "--header", "B=2")
    #expect(parsed.positionals == ["one", "two"])
    #expect(parsed.value(of: "--to") == "b@example.com")
    #expect(parsed.values(of: "--header") == ["A=1", "B=2"])
    #expect(parsed.has("--dry-run"))
    #expect(!parsed.has("--output"))
  }

  @Test func `two dashes end the options and one dash is an argument`() throws {
    #expect(try parse("-", "--", "--to").positionals == ["-", "--to"])
  }

  @Test func `help needs no other argument`() throws {
    #expect(try parse("--help").has("--help"))
  }

  @Test(
    arguments: [
      (["a", "--too", "x"], "unknown option '--too'", "--to"),
      (["a", "--dry-run=1"], "option '--dry-run' takes no value", nil),
      (["a", "--to"], "option '--to ADDRESS' has no value", nil),
      (["a", "--to", "x", "--to", "y"], "option '--to' is given twice", nil),
      (["a", "--output", "xml"], "option '--output' takes table or json, not 'xml'", nil),
      ([], "missing FILE: what to send", nil),
    ] as [([String], String, String?)])
  func `a mistake names itself and the syntax`(words: [String], problem: String, suggestion: String?) {
    let error = #expect(throws: UsageError.self) {
      try ArgumentParser(program: "tenant", syntax: syntax).parse(words)
    }
    #expect(error?.problem == problem)
    #expect(error?.suggestion == suggestion)
    #expect(error?.usage == "tenant send FILE... [options]")
    #expect(error?.example == "tenant send a.txt --to b@example.com")
  }

  @Test func `too many arguments are refused`() {
    let one = CommandSyntax("x", summary: "s", arguments: [ArgumentSyntax("A", help: "a")], example: "tenant x a")
    let error = #expect(throws: UsageError.self) {
      try ArgumentParser(program: "tenant", syntax: one).parse(["a", "b"])
    }
    #expect(error?.problem == "unexpected argument 'b'")
  }

  @Test(
    arguments: [
      ("run-iflw", "run-iflow"), ("deploy", "deploy-artifact"), ("inti", "init"), ("xyzzy", nil),
      (String(repeating: "a", count: 300), nil),
    ] as [(String, String?)])
  func `the nearest name is suggested`(typed: String, expected: String?) {
    #expect(NearestName.of(typed, among: ["init", "run-iflow", "deploy-artifact", "keystore"]) == expected)
  }

  @Test func `the help text shows usage, options and the example`() {
    #expect(
      HelpText.command(program: "tenant", syntax: syntax) == """
        send: sends things

        usage: tenant send FILE... [options]

          FILE  what to send

        options:
          --to ADDRESS         where to
          --header N=V         a header
          --output table|json  form of the result
          --dry-run            sends nothing

        example:
          tenant send a.txt --to b@example.com

        """)
  }
}
