import Expressions
import FlowEngine
import MessageStore
import TenantBase
import Testing

struct VariableTests {
  private var fixture: StateFixture
  private let global = VariableName("Last", flow: nil)
  private let local = VariableName("Last", flow: "Orders")

  init() throws { fixture = try StateFixture() }

  private func value(_ name: VariableName, run: String = "other") throws -> ExpressionValue? {
    try fixture.store.value(of: name, for: fixture.scope(run))
  }

  @Test func `values keep their type, also for the next process`() throws {
    let values: [ExpressionValue] = [
      .text("a"), .integer(-7), .decimal(0.5), .boolean(true), .date(Timestamp(milliseconds: 5)), .text(""),
    ]
    for value in values {
      try fixture.store.write(value, to: global, for: fixture.scope())
      #expect(try fixture.reopened().value(of: global, for: fixture.scope("other")) == value)
    }
  }

  @Test func `a global variable and those of flows are different ones`() throws {
    try fixture.store.write(.text("global"), to: global, for: fixture.scope())
    try fixture.store.write(.text("local"), to: local, for: fixture.scope())
    #expect(try value(global) == .text("global"))
    #expect(try value(local) == .text("local"))
    #expect(try value(VariableName("Last", flow: "Invoices")) == nil)
    #expect(try fixture.store.variables(at: fixture.now).map(\.name) == [global, local])
  }

  @Test func `a transaction's values are seen by its run alone until it completes`() throws {
    try fixture.store.write(.text("old"), to: global, for: fixture.scope("run0"))
    try fixture.store.write(.text("new"), to: global, for: fixture.scope("run1", isTransactional: true))
    #expect(try value(global, run: "run1") == .text("new"))
    #expect(try value(global) == .text("old"))
    try fixture.store.completeState(ofRun: "run1", at: fixture.now)
    #expect(try value(global) == .text("new"))
    #expect(try fixture.store.variables(at: fixture.now).count == 1)
  }

  @Test func `a failed run leaves no value of its transaction, and keeps what it wrote at once`() throws {
    try fixture.store.write(.text("at once"), to: local, for: fixture.scope("run1"))
    try fixture.store.write(.text("later"), to: global, for: fixture.scope("run1", isTransactional: true))
    try fixture.store.abandonState(ofRun: "run1", at: fixture.now)
    #expect(try value(global, run: "run1") == nil)
    #expect(try value(local) == .text("at once"))
  }

  @Test mutating func `a variable expires 400 days after its last writing`() throws {
    try fixture.store.write(.text("a"), to: global, for: fixture.scope())
    let written = fixture.now
    fixture.now = written.advanced(byDays: 399)
    #expect(try value(global) == .text("a"))
    try fixture.store.write(.text("b"), to: global, for: fixture.scope())
    fixture.now = written.advanced(byDays: 798)
    #expect(try value(global) == .text("b"))
    fixture.now = written.advanced(byDays: 799)
    #expect(try value(global) == nil)
    #expect(try fixture.store.variables(at: fixture.now).isEmpty)
    try fixture.store.write(.text("c"), to: local, for: fixture.scope())
    #expect(try !fixture.isOnDisk("'b'"))
  }

  @Test func `with a key values are encrypted, and an older key still opens them`() throws {
    try fixture.store.write(.text("readable-canary"), to: local, for: fixture.scope())
    #expect(try fixture.isOnDisk("readable-canary"))
    fixture.keys.add("key1")
    try fixture.store.write(.text("hidden-canary"), to: global, for: fixture.scope())
    #expect(try !fixture.isOnDisk("hidden-canary"))
    fixture.keys.add("key2")
    #expect(try value(global) == .text("hidden-canary"))
    #expect(try value(local) == .text("readable-canary"))
    #expect(try fixture.store.variables(at: fixture.now).map(\.isEncrypted) == [true, false])
  }

  @Test func `without its key an encrypted value is an error that names the key`() throws {
    fixture.keys.add("key1")
    try fixture.store.write(.text("a"), to: global, for: fixture.scope())
    fixture.keys.forget()
    #expect(stateFailure { try value(global) } == .keyMissing(id: "key1"))
  }

  @Test func `an encrypted value opens under its own name and type only`() throws {
    fixture.keys.add("key1")
    try fixture.store.write(.text("a"), to: global, for: fixture.scope())
    try fixture.execute("UPDATE variable SET name = 'Other'")
    #expect(stateFailure { try value(VariableName("Other", flow: nil)) } == .damaged)
    try fixture.execute("UPDATE variable SET name = 'Last', kind = 'integer'")
    #expect(stateFailure { try value(global) } == .damaged)
    try fixture.execute("UPDATE variable SET kind = 'text'")
    #expect(try value(global) == .text("a"))
  }

  @Test func `a value over the limit is refused, and nothing changes`() throws {
    try fixture.store.write(.text("a"), to: global, for: fixture.scope())
    let long = String(repeating: "x", count: StateLimits.variableBytes + 1)
    #expect(
      stateFailure { try fixture.store.write(.text(long), to: global, for: fixture.scope()) }
        == .tooLarge(limit: StateLimits.variableBytes))
    #expect(try value(global) == .text("a"))
  }

  @Test func `a deleted variable is gone`() throws {
    try fixture.store.write(.text("a"), to: global, for: fixture.scope())
    #expect(try fixture.store.deleteVariable(global))
    #expect(try value(global) == nil)
    #expect(try !fixture.store.deleteVariable(global))
  }
}
