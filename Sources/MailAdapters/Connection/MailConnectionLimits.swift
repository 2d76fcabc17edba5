/// How many connections the pool keeps, and for how long.
package struct MailConnectionLimits: Sendable, Equatable {
  /// Connections to one address at the same time, those in use and those kept. Providers allow few; Postfix 50.
  package var perServer = 8
  package var total = 64
  /// An unused connection is ended after this time: well before servers do it themselves (RFC 5321 section 4.5.3.2.7: 5 minutes).
  package var idleTime: Duration = .seconds(60)
  /// Mails over one connection; many servers end it at 100 or fewer.
  package var mailsPerConnection = 100
  /// For the answer to QUIT when the pool ends: the mails are delivered whatever it says.
  package var farewellTime: Duration = .seconds(10)

  package init() {}
}
