import Expressions
import TenantBase

/// What names a data store: a global one, or one of a flow.
package struct DataStoreName: Sendable, Hashable {
  package let text: String
  /// nil for a global store, which every flow sees.
  package let flow: String?

  package init(_ text: String, flow: String?) {
    self.text = text
    self.flow = flow
  }
}

/// A header as it was when its message was stored.
package struct StoredHeader: Sendable, Equatable {
  package let name: String
  package let value: ExpressionValue

  package init(_ name: String, _ value: ExpressionValue) {
    self.name = name
    self.value = value
  }
}

/// An entry to be written.
package struct NewDataStoreEntry: Sendable {
  package let store: DataStoreName
  package let id: String
  package let body: MessageBody
  package var headers: [StoredHeader] = []
  /// From when on it is overdue.
  package var overdueOn: Timestamp
  package var expiresOn: Timestamp
  package var isEncrypted = true
  /// Without a keystore it is stored as it is.
  package var mayStayPlain = false
  /// Takes the place of an entry of the same id.
  package var replaces = false

  package init(store: DataStoreName, id: String, body: MessageBody, overdueOn: Timestamp, expiresOn: Timestamp) {
    self.store = store
    self.id = id
    self.body = body
    self.overdueOn = overdueOn
    self.expiresOn = expiresOn
  }
}

/// An entry as it was read.
package struct DataStoreEntry: Sendable, Equatable {
  /// This very writing of the entry: one that replaces it has another number.
  package struct Number: Sendable, Hashable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }
  }

  package let number: Number
  package let store: DataStoreName
  package let id: String
  /// The run that wrote it.
  package let runID: String
  package let writtenBy: String
  package let storedOn: Timestamp
  package let overdueOn: Timestamp
  package let expiresOn: Timestamp
  package let byteCount: Int
  package let isEncrypted: Bool

  package init(
    number: Number, store: DataStoreName, id: String, runID: String, writtenBy: String, storedOn: Timestamp,
    overdueOn: Timestamp, expiresOn: Timestamp, byteCount: Int, isEncrypted: Bool
  ) {
    self.number = number
    self.store = store
    self.id = id
    self.runID = runID
    self.writtenBy = writtenBy
    self.storedOn = storedOn
    self.overdueOn = overdueOn
    self.expiresOn = expiresOn
    self.byteCount = byteCount
    self.isEncrypted = isEncrypted
  }
}

/// What an entry holds.
package struct StoredMessage: Sendable, Equatable {
  package let body: MessageBody
  package let headers: [StoredHeader]

  package init(body: MessageBody, headers: [StoredHeader]) {
    self.body = body
    self.headers = headers
  }
}

/// What a run got of the entries that it wanted for itself.
package enum DataStoreTaking: Sendable, Equatable {
  /// All there are, the oldest first; empty when there is none.
  case taken([DataStoreEntry])
  /// Another run has taken some of them and has not ended.
  case takenByOther(runID: String)
}

/// Where messages are kept until another run, or another flow, takes them.
package protocol DataStore: Sendable {
  /// - Throws: when there is an entry of that id and `replaces` is false: `DuplicateEntryException` in SAP's words; when it
  ///   is to be encrypted and there is no keystore.
  func put(_ entry: NewDataStoreEntry, for scope: StateScope) throws

  /// The entry of that id; nil when there is none, or it has expired.
  func entry(_ id: String, in store: DataStoreName, for scope: StateScope) throws -> DataStoreEntry?

  /// The entries of a store, the oldest first, at most `limit`.
  func entries(in store: DataStoreName, atMost limit: Int, for scope: StateScope) throws -> [DataStoreEntry]

  /// What an entry holds; nil when it is gone. A large body is read when somebody wants it.
  func message(of entry: DataStoreEntry) throws -> StoredMessage?

  /// - Returns: false when there was none.
  @discardableResult
  func delete(_ id: String, in store: DataStoreName, for scope: StateScope) throws -> Bool

  /// Takes the entries whose IDs begin with a text for this run alone: they go when the run completes, and are there for
  /// everybody again when it is abandoned. What this run has taken already is left out.
  func take(_ prefix: String, from store: DataStoreName, for scope: StateScope) throws -> DataStoreTaking

  /// Deletes these very entries when the run completes.
  func deleteOnCompletion(_ entries: [DataStoreEntry.Number], for scope: StateScope) throws
}

/// A data store as it is, for people.
package struct DataStoreSummary: Sendable, Equatable {
  package let store: DataStoreName
  package let entryCount: Int
  package let overdueCount: Int
  package let byteCount: Int

  package init(store: DataStoreName, entryCount: Int, overdueCount: Int, byteCount: Int) {
    self.store = store
    self.entryCount = entryCount
    self.overdueCount = overdueCount
    self.byteCount = byteCount
  }
}
