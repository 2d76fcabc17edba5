import Expressions
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct MeetingPointTests {
  private func codes(_ sketch: String) throws -> [String] {
    let flow = try IntegrationFlowReader().read(FlowSketch(sketch).bytes, file: "a.iflw")
    let steps = Set(flow.allElements.map(\.type))
    let check = FlowCheck(
      capabilities: Capabilities(steps: steps), now: Timestamp(seconds: 0), timeZones: TimeZoneDatabase { _ in nil })
    return check.findings(for: flow).filter { $0.code != "channel-missing" }.map {
      "\($0.severity.rawValue) \($0.code) \($0.subject.id)"
    }
  }

  @Test(arguments: [
    "In:message > S:Splitter > A:Enricher > G:Gather > Out:end",
    "In:message > S:ZipSplitter > G:Gather > Out:end",
    "In:message > M:multicast > J:join > G:Gather > Out:end\nM > A:Enricher > J",
    "In:message > S:Splitter > R:router -[${body} = 'a']> A:Enricher > G:Gather > Out:end\nR *> G",
  ])
  func `splitters and multicasts that lead to their gather are right`(sketch: String) throws {
    #expect(try codes("main\n" + sketch) == [])
  }

  @Test(arguments: [
    ("In:message > G:Gather > Out:end", "error gather-alone G"),
    ("In:message > J:join > Out:end", "warning join-alone J"),
    ("In:message > M:multicast > J:join > A:Enricher > Out:end\nM > J", "warning join-without-gather J"),
  ])
  func `what nothing leads to, or nothing follows, is told`(sketch: String, expected: String) throws {
    #expect(try codes("main\n" + sketch) == [expected])
  }

  @Test func `a splitter of another process does not count`() throws {
    let sketch = """
      main
        In:message > S:Splitter > C:call=Work > Out:end
      local Work
        Begin:begin > G:Gather > Done:stop
      """
    #expect(try codes(sketch) == ["error gather-alone G"])
  }
}
