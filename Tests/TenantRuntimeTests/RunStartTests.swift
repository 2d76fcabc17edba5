import FlowEngine
import FlowModel
import TenantBase
import TenantRuntime
import TestSupport
import Testing

@Suite struct RunStartTests {
  private func plan(_ sketch: String) throws -> FlowPlan {
    let flow = try IntegrationFlowReader().read(FlowSketch(sketch).bytes, file: "orders.iflw")
    return try FlowCompiler(flow, registry: FlowRegistry(steps: [], receivers: [])).compile()
  }

  private static let several = """
    main First
      Clock:timer > A:end
    main Second
      In:message > B:end
    """

  private func options(_ name: String? = nil, body: String? = nil) -> RunOptions {
    var options = RunOptions()
    options.triggerName = name
    options.body = body.map { MessageBody(text: $0) }
    return options
  }

  @Test func `the only start is taken, with a body or without`() throws {
    let plan = try plan("main\n  Clock:timer > A:end")
    #expect(try RunStart.choose(of: plan, options()).elementID == "Clock")
    #expect(try RunStart.choose(of: plan, options(body: "x")).elementID == "Clock")
  }

  @Test func `of several the body decides: with one the only message start, without the only timer`() throws {
    let plan = try plan(Self.several)
    #expect(try RunStart.choose(of: plan, options()).elementID == "Clock")
    #expect(try RunStart.choose(of: plan, options(body: "x")).elementID == "In")
  }

  @Test(arguments: ["Clock", "First"]) func `a name beats both`(name: String) throws {
    let plan = try plan(Self.several)
    #expect(try RunStart.choose(of: plan, options(name, body: "x")).elementID == "Clock")
  }

  @Test func `where nothing decides, the triggers are listed`() throws {
    let plan = try plan("main First\n  One:message > A:end\nmain Second\n  Two:message > B:end")
    for options in [options(), options(body: "x")] {
      let error = #expect(throws: RunRefusal.self) { try RunStart.choose(of: plan, options) }
      #expect(error?.failureClass == .usage)
      #expect(error?.explanation.summary == "the flow has several triggers: say which one")
      #expect(
        error?.explanation.hints == [
          "message start 'One': --trigger One", "message start 'Two': --trigger Two",
        ])
    }
    let unknown = #expect(throws: RunRefusal.self) { try RunStart.choose(of: plan, options("Three")) }
    #expect(unknown?.explanation.summary == "the flow has no trigger 'Three'")
  }
}
