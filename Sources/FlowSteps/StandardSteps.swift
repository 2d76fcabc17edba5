import FlowEngine

/// Every step that can run here.
package struct StandardSteps: Sendable {
  package let factories: [any FlowStepFactory]
  package let splitters: [any SplitterFactory]
  package let gatherers: [any GathererFactory]

  package init() {
    factories = [
      ContentModifierFactory()
    ]
    splitters = [
      BodySplitterFactory.general, BodySplitterFactory.iterating, BodySplitterFactory.token, ZipSplitterFactory(),
    ]
    gatherers = [BodyGathererFactory()]
  }
}
