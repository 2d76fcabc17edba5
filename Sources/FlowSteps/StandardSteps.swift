import FlowEngine
import FlowModel

/// Every step that can run here.
package struct StandardSteps: Sendable {
  package let factories: [any FlowStepFactory]
  package let splitters: [any SplitterFactory]
  package let gatherers: [any GathererFactory]

  /// - Parameter stores: what steps keep things in; nil where flows are only checked.
  package init(stores: StepStores? = nil) {
    factories = [
      ContentModifierFactory(stores: stores),
      WriteVariablesFactory(stores: stores),
      DataStorePutFactory(stores: stores),
      DataStoreGetFactory(stores: stores),
      DataStoreSelectFactory(stores: stores),
      DataStoreDeleteFactory(stores: stores),
      PersistFactory(stores: stores),
      FilterFactory(),
      JSONToXMLFactory(),
      XMLToJSONFactory(),
      CSVToXMLFactory(),
      XMLToCSVFactory(),
      EncoderFactory(),
      DecoderFactory(),
      XMLModifierFactory(),
    ]
    splitters = [
      BodySplitterFactory.general,
      BodySplitterFactory.iterating,
      BodySplitterFactory.token,
      ZipSplitterFactory(),
    ]
    gatherers = [
      BodyGathererFactory()
    ]
  }

  /// What the steps have to say about their properties, for the check of a flow.
  ///
  /// - Parameters:
  ///   - numberRanges: the names of those that are deployed; nil when it cannot be known.
  ///   - hasKeystore: whether the tenant has one; nil when it cannot be known.
  ///   - resources: of the flow that is checked.
  package func checks(
    numberRanges: Set<String>? = nil, hasKeystore: Bool? = nil, resources: FlowResources
  ) -> [any StepCheck] {
    let ofState: [any StepCheck] = [
      ContentModifierCheck(numberRanges: numberRanges), WriteVariablesCheck(),
      DataStoreCheck(hasKeystore: hasKeystore), PersistCheck(hasKeystore: hasKeystore),
    ]
    return ofState
      + factories.compactMap { factory in
        (factory as? any CheckedStepFactory).map { ReadingCheck(factory: $0, resources: resources) }
      }
  }
}
