import FlowEngine
import TenantBase
import TenantRuntime

/// One flow run again and again in one process, as a scheduler would: each run reads the flow, opens the keystore,
/// composes, connects, logs in and sends.
///
/// Settings: home, connect (HOST:PORT=HOST:PORT), and the flow file for each size, as `flow-1000=FILE`.
struct SendFlow {
  private let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  func serve() async throws {
    let runtime = FlowRuntime(home: TenantHome(path: try settings.text("home")))
    var options = RunOptions()
    guard let redirection = RunOptions.Redirection(try settings.text("connect")) else {
      throw BenchError("connect= takes HOST:PORT=HOST:PORT")
    }
    options.redirections = [redirection]
    while let line = readLine() {
      let order = try Order(line)
      let flow = try settings.text("flow-\(order.size)")
      let began = ContinuousClock.now
      try await withThrowingTaskGroup(of: Void.self) { [options] group in
        for share in order.shares where share > 0 {
          group.addTask {
            for _ in 0..<share {
              let report = try await runtime.run(flow, options: options)
              if let failure = report.failure { throw BenchError(failure.explanation.summary) }
            }
          }
        }
        try await group.waitForAll()
      }
      try answer(seconds: began.duration(to: .now))
    }
  }
}
