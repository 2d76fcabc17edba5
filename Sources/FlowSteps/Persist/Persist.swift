import Expressions
import FlowEngine
import FlowModel
import TenantBase

/// Persist: keeps the message as it is here, for a person to look at later.
struct Persist: FlowStep {
  let stepID: String
  let isEncrypted: Bool
  let state: StateAccess

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    let headers = exchange.headers.names.compactMap { name in exchange.headers[name].map { StoredHeader(name, $0) } }
    let message = StoredMessage(body: exchange.body, headers: headers)
    try state.perform(in: run) { stores, scope in
      try stores.messages.persist(message, stepID: stepID, isEncrypted: isEncrypted, for: scope)
    }
  }
}

package struct PersistFactory: FlowStepFactory {
  private let stores: StepStores?

  package init(stores: StepStores? = nil) { self.stores = stores }

  package var type: StepType { .persist }

  package func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep {
    let stepID = element.properties.text("stepid")
    return Persist(
      stepID: stepID.isEmpty ? element.id : stepID, isEncrypted: element.properties.flag("enableEncrypt") ?? true,
      state: StateAccess(stores, for: element, in: context.flow))
  }
}

/// What is to be said of a Persist step.
package struct PersistCheck: StepCheck {
  private let hasKeystore: Bool?
  private let commands: StepCommands

  /// - Parameter hasKeystore: nil when it cannot be known.
  package init(hasKeystore: Bool?, commands: StepCommands = StepCommands()) {
    self.hasKeystore = hasKeystore
    self.commands = commands
  }

  package func covers(_ type: StepType) -> Bool { type == .persist }

  package func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding] {
    var result: [Finding] = []
    if element.properties.text("stepid").isEmpty {
      result.append(
        Finding(
          .warning, "step-id-missing", at: element.place, .init(element),
          "it has no Step ID: messages are kept under the element's id"))
    }
    if hasKeystore == false, element.properties.flag("enableEncrypt") ?? true {
      result.append(EncryptionFinding.make(element, commands, at: element.properties.place(of: "enableEncrypt")))
    }
    return result
  }
}

enum EncryptionFinding {
  static func make(_ element: FlowElement, _ commands: StepCommands, at place: SourcePlace) -> Finding {
    Finding(
      .error, "keystore-missing", at: place, .init(element),
      "it encrypts what it stores, and there is no keystore yet", remedy: commands.initialization)
  }
}
