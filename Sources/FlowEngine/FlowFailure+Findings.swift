import FlowModel
import TenantBase

extension FlowFailure {
  /// The errors among a check's findings, as the reason why the flow does not run; nil when there is none.
  package init?(refusing findings: [Finding]) {
    let errors = findings.filter { $0.severity == .error }
    guard let first = errors.first else { return nil }
    let more = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
    var hints: [String] = []
    for remedy in errors.compactMap(\.remedy) where !hints.contains(remedy) { hints.append(remedy) }
    self.init(
      .invalidFlow, class: .configuration,
      Explanation(
        "\(first.subject.description): \(first.reason)\(more)", places: [first.place.description], hints: hints))
  }
}
