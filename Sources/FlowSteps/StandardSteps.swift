import FlowEngine

/// Every step that can run here.
package struct StandardSteps: Sendable {
  package let factories: [any FlowStepFactory]

  package init() {
    factories = [
      ContentModifierFactory()
    ]
  }
}
