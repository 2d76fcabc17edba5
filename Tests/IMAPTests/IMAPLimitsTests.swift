import IMAP
import Testing

@Suite struct IMAPLimitsTests {
  @Test func `a line without literals has 64 KiB at most`() { #expect(IMAPLimits().response.line == 65_536) }
}
