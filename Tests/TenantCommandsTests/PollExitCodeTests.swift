import FlowEngine
import System
import TenantBase
import Testing

@testable import TenantCommands
@testable import TenantRuntime

@Suite struct PollExitCodeTests {
  @Test func `of a poll what is left decides, also where some mails got through`() {
    let description = SenderDescription(
      channelName: "In", adapterType: "Mail", endpoint: "imap.example.com:993", folder: "INBOX", credentialName: "box",
      policy: SourcePolicy(), messagesPerPoll: 20, lockTimeout: .seconds(60))
    let open = FlowFailure(.channelFailed, class: .temporary, Explanation("the source is away"))
    var message = PolledMessage(uid: "1", status: .processed)
    message.run = Self.run(failure: nil, accepted: 1)
    message.postProcessing = .init(intent: PostProcessingIntent(.markSeen), failure: open)
    var poll = PollReport(sender: description)
    poll.messages = [message]
    #expect(ExitCode.deciding(for: Self.run(failure: open, poll: poll)) == .temporary)
    #expect(ExitCode.deciding(for: Self.run(failure: open, accepted: 1)) == .failed)
    // A mail that reached some of its recipients is never "try again".
    poll.messages[0].run = Self.run(failure: open, accepted: 1)
    #expect(ExitCode.deciding(for: Self.run(failure: nil, poll: poll)) == .failed)
    poll.messages[0].run = Self.run(failure: open)
    #expect(ExitCode.deciding(for: Self.run(failure: nil, poll: poll)) == .temporary)
  }

  private static func run(failure: FlowFailure?, accepted: Int = 0, poll: PollReport? = nil) -> RunReport {
    var report = RunReport(
      flowName: "Orders", runID: "1", trigger: .timer, startedAt: Timestamp(seconds: 1_795_000_000), duration: .zero,
      failure: failure, poll: poll)
    report.countFurther(.accepted, accepted)
    return report
  }
}
