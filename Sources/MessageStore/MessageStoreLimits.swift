/// How much the store keeps, and how long it waits.
package struct MessageStoreLimits: Sendable {
  /// How long another process may hold the database before we give up.
  package var busyTimeout: Duration = .seconds(10)
  /// Bytes of one value; SQLite refuses longer ones.
  package var valueLength = 64 * 1024 * 1024
  /// Bytes of all files of one flow.
  package var flowLength = 64 * 1024 * 1024
  /// Files of one flow.
  package var flowFiles = 10_000
  /// Findings that are kept with a flow; the first ones are.
  package var findings = 1_000

  package init() {}
}
