import FlowEngine
import FlowModel
import FlowSteps
import TenantBase
import TestSupport
import Testing

/// Every splitter and gather step that a message of the published flows can reach is read, with the parameters beside its flow.
@Test(.enabled(if: Corpus.isPresent)) func `splitters and gather steps of published flows are read`() throws {
  let steps = StandardSteps()
  let splitters = Dictionary(uniqueKeysWithValues: steps.splitters.map { ($0.type, $0) })
  let gatherers = Dictionary(uniqueKeysWithValues: steps.gatherers.map { ($0.type, $0) })
  var count = 0
  for path in Corpus.files(below: "iflw", suffix: ".iflw") {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let properties = try Corpus.bytes(folder + "/parameters.prop").map {
      try JavaProperties($0, file: folder + "/parameters.prop")
    }
    let flow = try IntegrationFlowReader(parameters: ParameterSet(file: properties)).read(
      try #require(Corpus.bytes(path)), file: path)
    let context = StepContext(flow: flow)
    let reach = FlowReach(flow)
    // What no message reaches may lie about unfinished.
    for element in flow.allElements where reach.contains(element) {
      do throws(FlowFailure) {
        if let factory = splitters[element.type] {
          _ = try factory.makeSplitter(for: element, in: context)
          count += 1
        }
        if let factory = gatherers[element.type] {
          _ = try factory.makeGatherer(for: element, in: context)
          count += 1
        }
      } catch { Issue.record("\(path): \(error) \(error.explanation.places)") }
    }
  }
  #expect(count > 30)
}
