import FlowEngine
import MessageStore

/// The ledger and the outgoing journal of a home.
package enum HomeLedger {
  /// Opens them, and makes what is missing: for a run that takes messages of a source.
  package static func open(home: TenantHome) throws -> any SourceLedger & DeliveryJournal & MailboxLocking
    & MessageRecords
  {
    try LedgerStore.open(in: home.dataFolder)
  }

  /// What a person sees of them; nil when the home has no state yet, and nothing is made.
  package static func records(home: TenantHome) throws -> (any MessageRecords)? {
    try LedgerStore.openIfPresent(in: home.dataFolder)
  }
}
