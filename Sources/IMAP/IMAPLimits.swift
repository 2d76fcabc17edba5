/// How much of a server's answers is taken, how much is under way at a time, and how long it may take.
package struct IMAPLimits: Sendable, Equatable {
  /// Of a single response.
  package var response = IMAPParserLimits()
  /// Untagged responses of one command beyond those that it asked for.
  package var unaskedResponses = 10_000
  /// Folders that one LIST may name.
  package var folders = 50_000
  /// UIDs that one search may find.
  package var searchResults = 1_000_000
  /// Bytes of a challenge in base64.
  package var challenge = 12_288
  /// Challenges of one login. The longest mechanism needs four.
  package var challenges = 16
  /// Alert texts that are kept.
  package var alerts = 16

  /// Bytes of an AUTHENTICATE line with its initial response; a longer response waits for the server's `+`.
  package var authenticateLine = 998
  /// Messages asked for by one FETCH of content.
  package var fetchBatchMessages = 100
  /// Expected bytes asked for by one FETCH of content; one message can be more.
  package var fetchBatchBytes = 1024 * 1024
  /// Expected bytes of content asked for and not yet here.
  package var fetchWindowBytes = 8 * 1024 * 1024
  /// Commands for content sent and not yet answered.
  package var fetchWindowCommands = 16
  /// What a message of unknown size is expected to have.
  package var expectedMessage = 16 * 1024
  /// Messages asked for by one FETCH of a few attributes.
  package var summaryBatch = 500
  /// Bytes of a message that are sent without waiting for the server's `+` where it allows any size.
  package var unaskedLiteral = 64 * 1024
  /// Bytes read at a time.
  package var readSize = 64 * 1024

  package var timeouts = IMAPTimeouts()

  package init() {}
}

/// How long a server may take. Time that our own side spends on what it got does not count.
package struct IMAPTimeouts: Sendable, Equatable {
  package var greeting: Duration = .seconds(60)
  /// The TLS handshake.
  package var handshake: Duration = .seconds(60)
  /// Without a single byte, while an answer is due.
  package var silence: Duration = .seconds(3 * 60)
  /// From a command to its end, however steadily the server drips; in a pipeline from the answer before it. Content gets
  /// the time that `minimumRate` gives it on top.
  package var command: Duration = .seconds(10 * 60)
  /// Bytes of content a second below which a server is too slow.
  package var minimumRate = 4 * 1024
  /// The answer to LOGOUT; nothing depends on it.
  package var logout: Duration = .seconds(10)
  /// How long IDLE may be silent before the server is asked whether it is still there. Some servers' IDLE dies without a
  /// word, and so do connections through address translation; RFC 2177 wants it renewed every 29 minutes at least.
  package var idleProbe: Duration = .seconds(9 * 60)
  /// How often a server without IDLE is asked for news.
  package var poll: Duration = .seconds(60)

  package init() {}
}
