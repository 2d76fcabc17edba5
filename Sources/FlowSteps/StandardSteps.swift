import FlowEngine
import FlowModel

/// Every step that can run here.
package struct StandardSteps: Sendable {
  package let factories: [any FlowStepFactory]

  package init() {
    factories = [
      ContentModifierFactory(),
      FilterFactory(),
      JSONToXMLFactory(),
      XMLToJSONFactory(),
      CSVToXMLFactory(),
      XMLToCSVFactory(),
      EncoderFactory(),
      DecoderFactory(),
      XMLModifierFactory(),
      XMLValidatorFactory(),
    ]
  }

  /// What the steps have to say about their properties, for the check of a flow.
  ///
  /// - Parameter resources: of the flow that is checked.
  package func checks(resources: FlowResources) -> [any StepCheck] {
    factories.compactMap { factory in
      (factory as? any CheckedStepFactory).map { ReadingCheck(factory: $0, resources: resources) }
    }
  }
}
