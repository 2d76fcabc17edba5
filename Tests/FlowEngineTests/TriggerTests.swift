import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport
import Testing

@Suite struct TriggerTests {
  private static var sketch: FlowSketch {
    FlowSketch(
      """
      main First
        Clock:timer > A:Mark > Out:end
      main Second
        In:message > B:Mark > Answer:end
      local Work
        Begin:begin > Done:stop
      """,
      channels: [
        FlowDocument.Channel(
          id: "Sender1", at: "In", isSender: true,
          [("Name", "Orders"), ("ComponentType", "HTTPS"), ("direction", "Sender")])
      ])
  }

  @Test func `each main process is a start of its own, and a run begins at one`() async throws {
    let flow = try IntegrationFlowReader().read(Self.sketch.bytes, file: "orders.iflw")
    let registry = FlowRegistry(steps: [MarkStep(log: PathLog())], receivers: [])
    let plan = try FlowCompiler(flow, registry: registry).compile()
    #expect(plan.starts.map(\.processID) == ["First", "Second"])
    #expect(plan.starts.map(\.trigger) == [.timer, .sender(adapterType: "HTTPS", channelName: "Orders")])
    #expect(plan.starts.map(\.channelID) == [nil, "Sender1"])
    #expect(try await SketchRun(Self.sketch).body == "inA")
    for name in ["In", "Orders", "Sender1", "Second"] {
      #expect(try await SketchRun(Self.sketch, from: name).body == "inB")
      #expect(plan.starts[1].isNamed(name))
      #expect(!plan.starts[0].isNamed(name))
    }
  }

  @Test func `a gather that nothing leads parts to fails the message`() async throws {
    let sketch = FlowSketch(
      """
      main
        In:message > G:Plus > Out:end
      """)
    #expect(try await SketchRun(sketch).result.failure?.kind == .invalidFlow)
  }
}
