import Testing
import Wire

@Suite struct TranscriptTests {
  @Test func `a transcript keeps the last entries and counts the others`() {
    var limits = Transcript.Limits()
    limits.entries = 3
    var transcript = Transcript(limits: limits)
    for number in 1...5 { transcript.record(.sent, "line \(number)") }
    #expect(transcript.lines == ["C: line 3", "C: line 4", "C: line 5"])
    #expect(transcript.droppedEntries == 2)
  }

  @Test func `control characters are escaped and long lines cut`() {
    var limits = Transcript.Limits()
    limits.lineLength = 20
    var transcript = Transcript(limits: limits)
    transcript.record(.received, Array("220 \u{1B}[31m\r\nfake".utf8))
    transcript.record(.received, Array(repeating: 0x61, count: 1_000_000))
    #expect(transcript.lines[0] == "S: 220 \\u{1b}[31m\\r\\nfake")
    #expect(transcript.lines[1].count < 30)
  }

  @Test func `a secret leaves only the word`() {
    var transcript = Transcript()
    transcript.recordSecret(.sent)
    #expect(transcript.lines == ["C: <secret>"])
  }
}
