import TestSupport
import Testing

/// Variables, data stores and number ranges, by the built program.
struct StateCommandsTests {
  private let home: TenantHome

  init() throws {
    home = try TenantHome()
    for folder in ["iflows", "artifacts"] { try TestFiles.makeFolder("\(home.path)/\(folder)") }
    try home.write(Self.flow(isEncrypted: true), to: "iflows/Counting.iflw")
  }

  /// Takes a number, reads what the last run left, and leaves its own.
  private static func flow(isEncrypted: Bool, fails: Bool = false) -> String {
    func row(_ name: String, _ type: String, _ value: String, _ fallback: String = "") -> [(String, String)] {
      [
        ("Action", "Create"), ("Type", type), ("Value", value), ("Default", fallback), ("Name", name), ("Datatype", ""),
      ]
    }
    let store = [("storageName", "Results"), ("visibility", "global")]
    var nodes: [FlowDocument.Node] = [
      .message,
      .step(
        "Enricher", id: "Take",
        [
          (
            "propertyTable",
            FlowDocument.table([
              row("number", "numberRange", "Counter"), row("last", "persisted variables", "Last", "none"),
            ])
          )
        ]),
      .step(
        "DBstorage", id: "Get",
        store + [("operation", "get"), ("dataStoreId", "${property.last}"), ("stopOnMissingEntry", "false")]),
      .step(
        "Enricher", id: "Body",
        [
          ("bodyType", "expression"),
          ("wrapContent", "<run last=\"${property.last}\" found=\"${header.SAP_DatastoreEntryFound}\"/>"),
        ]),
      .step(
        "DBstorage", id: "Put",
        store + [
          ("operation", "put"), ("messageId", "${property.number}"), ("encrypt", isEncrypted ? "true" : "false"),
        ]),
      .step("Persist", id: "Keep", [("stepid", "AtTheEnd"), ("enableEncrypt", "false")]),
      .step(
        "Variables", id: "Write",
        [
          (
            "variable",
            "<row><cell>Last</cell><cell></cell><cell>property</cell><cell>number</cell><cell>local</cell></row>"
          )
        ]),
    ]
    if fails {
      let missing = row("x", "global persisted variables", "NeverWritten")
      nodes.append(.step("Enricher", id: "Fail", [("headerTable", FlowDocument.table([missing]))]))
    }
    var end = FlowDocument.Node.end
    end.definition = nil
    end.properties = [("activityType", "EndEvent")]
    return FlowDocument(nodes + [end]).text
  }

  private func deployRange(_ further: [String] = []) async throws {
    let made = try await home.run(
      ["new-artifact", "NumberRange", "Counter", "--minimum", "1", "--maximum", "999", "--field-length", "3"] + further)
    #expect(made.exitCode == 0, "\(made.errorText)")
    try home.write(made.outputText, to: "artifacts/Counter.xml")
    let deployed = try await home.run(["deploy-artifact", "artifacts/Counter.xml"])
    #expect(deployed.exitCode == 0, "\(deployed.errorText)")
  }

  @Test func `a flow counts, and reads what its last run left`() async throws {
    #expect(try await home.run(["init"]).exitCode == 0)
    let unknown = try await home.run(["check-iflow", "Counting", "--output", "json"])
    let codes = try JSONOutput(unknown).elements.first?["findings"].elements.map { $0["code"].text }
    #expect(codes?.contains("number-range-missing") == true, "\(unknown.outputText)")
    try await deployRange()
    #expect(try await home.run(["check-iflow", "Counting"]).exitCode == 0)
    for _ in 0..<2 {
      let result = try await home.run(["run-iflow", "Counting"])
      #expect(result.exitCode == 0, "\(result.errorText)")
    }
    let first = try await home.run(["data-store", "show", "Results", "001", "--content", "--output", "json"])
    #expect(try JSONOutput(first)["body"].text == "<run last=\"none\" found=\"false\"/>")
    let second = try await home.run(["data-store", "show", "Results", "002", "--content", "--output", "json"])
    #expect(try JSONOutput(second)["body"].text == "<run last=\"001\" found=\"true\"/>")
    #expect(try JSONOutput(second)["encrypted"].flag == true)
    let hidden = try await home.run(["data-store", "show", "Results", "002"])
    #expect(hidden.exitCode == 0 && !hidden.outputText.contains("<run"))
    let saved = try await home.run(["data-store", "show", "Results", "002", "--save", "saved.xml"])
    #expect(saved.exitCode == 0, "\(saved.errorText)")
    #expect(try TestFiles.text("\(home.path)/saved.xml") == "<run last=\"001\" found=\"true\"/>")
    #expect(try await home.run(["data-store", "show", "Results", "002", "--save", "saved.xml"]).exitCode == 65)
    let variable = try await home.run(["variables", "show", "Last", "--value", "--output", "json"])
    #expect(try JSONOutput(variable)["value"].text == "002")
    #expect(try JSONOutput(variable)["flow"].text == "Counting")
    #expect(try JSONOutput(variable)["encrypted"].flag == true)
    let shown = try await home.run(["show-artifact", "Counter"])
    #expect(shown.outputText.contains("Next value     003") && shown.outputText.contains("Used by        Counting"))
    let kept = try await home.run(["message-store", "list", "--output", "json"])
    #expect(try JSONOutput(kept).elements.map { $0["step"].text } == ["AtTheEnd", "AtTheEnd"])
    #expect(try await home.run(["message-store", "show", "1", "--content"]).outputText.contains("last=\"none\""))
  }

  @Test func `a failed run and a dry run leave no state, and only the failed one takes a number`() async throws {
    try home.write(Self.flow(isEncrypted: false, fails: true), to: "iflows/Failing.iflw")
    try home.write(Self.flow(isEncrypted: false), to: "iflows/Counting.iflw")
    try await deployRange()
    let failed = try await home.run(["run-iflow", "Failing"])
    #expect(failed.exitCode == 78, "\(failed.errorText)")
    #expect(failed.errorText.contains("hint: see those that exist: tenant variables list\n"))
    let dry = try await home.run(["run-iflow", "Counting", "--dry-run"])
    #expect(dry.exitCode == 0, "\(dry.errorText)")
    #expect(try await home.run(["data-store", "list"]).outputText == "No data stores.\n")
    #expect(try await home.run(["variables", "list"]).outputText == "No variables.\n")
    #expect(try await home.run(["message-store", "list"]).outputText == "No persisted messages.\n")
    let shown = try await home.run(["show-artifact", "Counter", "--output", "json"])
    #expect(try JSONOutput(shown)["nextValue"].number == 2)
  }

  @Test func `no number is given twice by several processes, also when some are killed`() async throws {
    try home.write(Self.flow(isEncrypted: false), to: "iflows/Counting.iflw")
    try await deployRange()
    let home = home
    let completed = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<3 {
        group.addTask {
          var completed = 0
          for number in 0..<4 {
            // Some are killed on their way, wherever they are then.
            let limit: Duration = worker == 0 ? .milliseconds(40 + 60 * number) : .seconds(120)
            guard let result = try? await home.run(["run-iflow", "Counting"], within: limit) else { continue }
            #expect(result.exitCode == 0, "\(result.errorText)")
            completed += 1
          }
          return completed
        }
      }
      return try await group.reduce(0, +)
    }
    // An entry of that number would fail its run as a duplicate.
    let entries = try JSONOutput(try await home.run(["data-store", "show", "Results", "--output", "json"])).elements
    #expect(entries.count >= completed)
    #expect(completed >= 8)
    let shown = try await home.run(["show-artifact", "Counter", "--output", "json"])
    #expect(try JSONOutput(shown)["nextValue"].number ?? 0 > entries.count)
  }

  @Test func `a number range is planned, set, listed and undeployed`() async throws {
    try await deployRange(["--rotate", "--description", "For invoices"])
    let again = try await home.run(["deploy-artifact", "artifacts", "--plan", "--output", "json"])
    #expect(try JSONOutput(again).elements.map { $0["change"].text } == ["same"])
    let set = try await home.run(["number-range", "set-next", "Counter", "40"])
    #expect(set.outputText == "Counter   next value 040\n")
    #expect(try await home.run(["run-iflow", "Counting"]).exitCode == 78)
    try home.write(Self.flow(isEncrypted: false), to: "iflows/Counting.iflw")
    #expect(try await home.run(["run-iflow", "Counting"]).exitCode == 0)
    let back = try await home.run(["number-range", "set-next", "Counter", "41"])
    #expect(back.exitCode == 77)
    #expect(back.errorText.contains("--force"))
    #expect(try await home.run(["number-range", "set-next", "Counter", "1000", "--force"]).exitCode == 65)
    let listed = try await home.run(["list-artifacts"])
    #expect(listed.outputText.contains("Counter   Number Range      Deployed"), "\(listed.outputText)")
    let used = try await home.run(["undeploy-artifact", "Counter"])
    #expect(used.exitCode == 78)
    #expect(used.errorText.contains("a flow uses it"))
    #expect(try await home.run(["undeploy-artifact", "Counter", "--force"]).exitCode == 0)
    let stored = try await home.run(["show-artifact", "Counter", "--output", "json"])
    #expect(try JSONOutput(stored)["status"].text == "Stored")
  }

  @Test func `what flows keep is deleted by command, asked for first`() async throws {
    try home.write(Self.flow(isEncrypted: false), to: "iflows/Counting.iflw")
    try await deployRange()
    #expect(try await home.run(["run-iflow", "Counting"]).exitCode == 0)
    #expect(try await home.run(["variables", "delete", "Last"]).exitCode == 64)
    #expect(try await home.run(["variables", "delete", "Last", "--force"]).exitCode == 0)
    #expect(try await home.run(["variables", "show", "Last"]).exitCode == 78)
    #expect(try await home.run(["data-store", "delete", "Results", "none", "--force"]).exitCode == 78)
    let deleted = try await home.run(["data-store", "delete", "Results", "--force"])
    #expect(deleted.outputText == "Deleted the 1 entry of 'Results'\n")
    #expect(try await home.run(["data-store", "list", "--output", "json"]).outputText == "[]\n")
  }

  @Test func `what was encrypted is readable after a new master key`() async throws {
    #expect(try await home.run(["init"]).exitCode == 0)
    try await deployRange()
    #expect(try await home.run(["run-iflow", "Counting"]).exitCode == 0)
    #expect(try await home.run(["keystore", "rotate"]).exitCode == 0)
    #expect(try await home.run(["run-iflow", "Counting"]).exitCode == 0)
    for (entry, last) in [("001", "none"), ("002", "001")] {
      let shown = try await home.run(["data-store", "show", "Results", entry, "--content"])
      #expect(shown.outputText.contains("last=\"\(last)\""), "\(shown.errorText)")
    }
    #expect(try await home.run(["list-artifacts"]).exitCode == 0)
    #expect(try await home.run(["keystore", "list"]).exitCode == 0)
  }
}
