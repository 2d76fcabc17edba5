import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// A receiver channel whose partner is played by files.
struct AnsweredReceiver: ReceiverAdapter {
  let channel: Channel
  let script: AnswerScript

  func deliver(_ exchange: Exchange, at point: DeliveryPoint, in run: FlowRun) async -> ReceiverOutcome {
    var report = ChannelReport(
      channelName: channel.name, adapterType: channel.type.name, endpoint: channel.type.description)
    do {
      guard let (file, call) = script.nextFile() else {
        throw FlowFailure(
          .channelFailed, class: .badInput,
          Explanation(
            "--answer: '\(PrintableText.escaping(script.path))' has \(script.fileCount) files, and one more call came",
            places: [channel.title]))
      }
      report.notes = ["test: call \(call) was answered from \(file) (--answer)"]
      let answer = try PartnerAnswer(file: file)
      report.answer = answer.statusText
      return ReceiverOutcome(report: report, failure: failure(of: answer), reply: answer.reply)
    } catch let error as any ExplainedError {
      return ReceiverOutcome(report: report, failure: FlowFailure(.channelFailed, from: error, places: [channel.title]))
    } catch {
      return ReceiverOutcome(
        report: report,
        failure: FlowFailure(.channelFailed, class: .permanent, Explanation("\(error)", places: [channel.title])))
    }
  }

  /// An HTTP channel fails at an answer of 400 and above unless its `throwExceptionOnFailure` is false (SAP's HTTP adapter).
  private func failure(of answer: PartnerAnswer) -> FlowFailure? {
    guard let status = answer.status, status >= 400, channel.properties.flag("throwExceptionOnFailure") ?? true else {
      return nil
    }
    return FlowFailure(
      .channelFailed, class: .permanent,
      Explanation("HTTP operation failed: \(answer.statusText)", places: [channel.title]))
  }
}
