/// How much of a server's answers is taken, and how long it may take.
package struct IMAPLimits: Sendable, Equatable {
  /// Bytes of one line without its literals.
  package var line = 64 * 1024

  package init() {}
}
