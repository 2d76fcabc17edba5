import FlowEngine
import FlowModel
import FlowSteps
import System
import TestSupport
import Testing

/// Each step of published flows that these factories read: nothing of it is refused but what lies outside of the file.
@Test(.enabled(if: Corpus.isPresent)) func `steps of published flows can be made`() throws {
  var made = 0
  var problems: [String] = []
  for path in Corpus.files(below: "iflw", suffix: ".iflw") {
    guard let loaded = try? LoadedFlow(FlowBundle(at: Corpus.folder + "/" + path)) else { continue }
    let checks = StandardSteps().checks(resources: FlowResources(of: loaded))
    for element in loaded.flow.allElements {
      for check in checks where check.covers(element.type) {
        let errors = check.findings(for: element, in: loaded.flow).filter { $0.severity == .error }
        made += errors.isEmpty ? 1 : 0
        // The corpus has the flows without their bundles.
        problems += errors.filter { $0.code != "resource-missing" }.map {
          "\(path): \($0.subject.description): \($0.reason)"
        }
      }
    }
  }
  #expect(problems == [])
  #expect(made >= 40)
}
