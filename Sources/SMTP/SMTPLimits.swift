/// Bounds for what a server may send, and for how long each step may take.
package struct SMTPLimits: Sendable, Equatable {
  /// Bytes of a reply line. RFC 5321 section 4.5.3.1.5 has 512; real banners are longer.
  package var replyLine = 4096
  /// Lines of one reply.
  package var replyLines = 128
  /// Bytes of a line that carries a challenge (RFC 4954 section 4).
  package var challengeLine = 12_288
  /// Challenges of one login. The longest mechanism needs four.
  package var challenges = 16
  /// Bytes of a command line with its CRLF (RFC 5321 section 4.5.3.1.4), before AUTH's initial response is left out.
  package var commandLine = 512
  /// Recipients of one transaction (RFC 5321 section 4.5.3.1.8: servers take at least 100).
  package var recipients = 1000
  /// Bytes gathered before they are written.
  package var writeSize = 32 * 1024
  /// Bytes read at a time.
  package var readSize = 16 * 1024

  package var timeouts = SMTPTimeouts()

  package init() {}
}

/// RFC 5321 section 4.5.3.2. Shorter ones make duplicates: the server may have taken the mail already.
package struct SMTPTimeouts: Sendable, Equatable {
  package var greeting: Duration = .seconds(5 * 60)
  package var mail: Duration = .seconds(5 * 60)
  package var recipient: Duration = .seconds(5 * 60)
  package var dataStart: Duration = .seconds(2 * 60)
  /// One write of the mail's bytes.
  package var dataBlock: Duration = .seconds(3 * 60)
  /// From the final dot to the answer.
  package var dataEnd: Duration = .seconds(10 * 60)
  /// EHLO, STARTTLS, AUTH and RSET, for which the RFC names none.
  package var command: Duration = .seconds(5 * 60)
  /// The TLS handshake.
  package var handshake: Duration = .seconds(60)
  /// The answer to QUIT; the mail is delivered whatever it says.
  package var quit: Duration = .seconds(10)

  package init() {}
}
