import FlowEngine
import FlowModel
import TenantBase

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
      XMLValidatorFactory(),
    ]
    splitters = [
      BodySplitterFactory.general,
      BodySplitterFactory.iterating,
      BodySplitterFactory.token,
      ZipSplitterFactory(),
      AggregatorFactory(stores: stores),
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
  ///   - commands: what remedies name.
  package func checks(
    numberRanges: Set<String>? = nil, hasKeystore: Bool? = nil, resources: FlowResources,
    commands: StepCommands = StepCommands()
  ) -> [any StepCheck] {
    let ofState: [any StepCheck] = [
      ContentModifierCheck(numberRanges: numberRanges, commands: commands), WriteVariablesCheck(),
      DataStoreCheck(hasKeystore: hasKeystore, commands: commands),
      PersistCheck(hasKeystore: hasKeystore, commands: commands),
      AggregatorCheck(resources: resources),
    ]
    return ofState
      + factories.compactMap { factory in
        (factory as? any CheckedStepFactory).map { ReadingCheck(factory: $0, resources: resources) }
      }
  }
}

/// Commands that work for the home that a check is about.
package struct StepCommands: Sendable {
  private let homeOption: String
  private let artifactsFolder: String

  /// - Parameter homeOption: ` --home DIR`, or nothing.
  package init(homeOption: String = "", artifactsFolder: String = "artifacts") {
    self.homeOption = homeOption
    self.artifactsFolder = artifactsFolder
  }

  var initialization: String { "tenant\(homeOption) init" }

  func deployment(ofNumberRange name: String) -> String {
    let shown = PrintableText.escaping(name, limit: 200)
    let file = ShellText.quoted(PrintableText.escaping("\(artifactsFolder)/\(shown).xml"))
    return "tenant new-artifact NumberRange \(ShellText.quoted(shown)) --minimum 1 --maximum 999999 > \(file); "
      + "tenant\(homeOption) deploy-artifact \(file)"
  }
}
