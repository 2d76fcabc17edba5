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
    ]
    splitters = [
      BodySplitterFactory.general, BodySplitterFactory.iterating, BodySplitterFactory.token, ZipSplitterFactory(),
    ]
    gatherers = [BodyGathererFactory()]
  }

  /// What steps have to say of their own properties.
  ///
  /// - Parameters:
  ///   - numberRanges: the names of those that are deployed; nil when it cannot be known.
  ///   - hasKeystore: whether the tenant has one; nil when it cannot be known.
  package static func checks(numberRanges: Set<String>?, hasKeystore: Bool?) -> [any StepCheck] {
    [
      ContentModifierCheck(numberRanges: numberRanges), WriteVariablesCheck(),
      DataStoreCheck(hasKeystore: hasKeystore), PersistCheck(hasKeystore: hasKeystore),
    ]
  }
}
