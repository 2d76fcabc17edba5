/// How much of a mailbox is under way at a time.
package struct PollLimits: Sendable {
  /// Messages that are read ahead while others are processed.
  package var batchMessages = 16
  /// Their bytes together, as the source says; one message can be more.
  package var batchBytes = 4 << 20
  /// Bytes of disk for each byte of a message: raw, its parts, the outgoing message.
  package var diskFactor = 3
  /// Bytes that must stay free beside it: for the ledger itself.
  package var diskReserve = 8 << 20
  /// Messages that are asked about at a time.
  package var summaries = 500
  /// Old entries looked after at each poll.
  package var expiredEntries = 100

  /// Messages of which every delivery is told; of later ones the outcome is kept, so that a large poll costs little memory.
  package var detailedReports = 200

  package init() {}
}
