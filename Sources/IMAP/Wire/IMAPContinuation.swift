import Crypto
import TenantBase

/// Lines that are no commands: answers to the server's `+`.
package enum IMAPContinuation {
  /// Ends IDLE (RFC 2177).
  package static let done = Array("DONE\r\n".utf8)
  /// Ends an AUTHENTICATE that we give up (RFC 9051 section 6.2.2).
  package static let cancelAuthentication = Array("*\r\n".utf8)

  /// The answer to a challenge, in base64 with its line end.
  package static func response(_ response: SecretBox) -> SecretBox { line(Base64.encode(response.bytes)) }

  /// The same behind AUTHENTICATE, where an empty response is `=` (RFC 4959 section 3).
  static func initialResponse(_ response: SecretBox) -> SecretBox {
    response.bytes.isEmpty ? SecretBox(SecretBytes(copying: Array("=\r\n".utf8))) : self.response(response)
  }

  private static func line(_ text: borrowing SecretBytes) -> SecretBox {
    var line = SecretBuilder(capacity: text.count + 2)
    line.append(text)
    line.append([ASCII.cr, ASCII.lf])
    return SecretBox(line.finish())
  }
}
