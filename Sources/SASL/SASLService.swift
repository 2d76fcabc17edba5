/// What is logged in to: DIGEST-MD5 binds its proof to it.
package struct SASLService: Sendable, Equatable {
  /// The registered service name: `smtp`, `imap`, `pop`.
  package let name: String
  /// The host name as the channel has it, in ASCII.
  package let host: String

  package init(name: String, host: String) {
    self.name = name
    self.host = host
  }
}
