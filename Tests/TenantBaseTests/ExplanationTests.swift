import TenantBase
import Testing

@Suite struct ExplanationTests {
  @Test func `an outer place goes before the inner ones`() {
    let inner = Explanation("refused", places: ["channel 'Mail'"], cause: "why", hints: ["do"])
    let outer = inner.within("cannot send 'x'", places: ["x.iflw:3"])
    #expect(
      outer
        == Explanation("cannot send 'x': refused", places: ["x.iflw:3", "channel 'Mail'"], cause: "why", hints: ["do"]))
  }
}
