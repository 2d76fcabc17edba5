import MailAdapters
import Testing

@Suite struct ServerAddressTests {
  @Test(arguments: [
    ("mail.example.com", "mail.example.com", 25), ("mail.example.com:587", "mail.example.com", 587),
    ("  mail.example.com:465 ", "mail.example.com", 465), ("mail.example.com.", "mail.example.com", 25),
    ("mail.example.com.:587", "mail.example.com", 587), ("MAIL_1-a.example", "MAIL_1-a.example", 25),
    ("192.0.2.7:2525", "192.0.2.7", 2525), ("[2001:db8::1]:587", "2001:db8::1", 587),
    ("[2001:db8::1]", "2001:db8::1", 25), ("2001:db8::1", "2001:db8::1", 25),
    ("::ffff:192.0.2.7", "::ffff:192.0.2.7", 25),
    ("müller.example:1", "müller.example", 1), ("h:65535", "h", 65535),
  ])
  func `addresses are read`(text: String, host: String, port: Int) throws {
    let address = try #require(ServerAddress(text, defaultPort: 25))
    #expect(address.host == host)
    #expect(address.port == UInt16(port))
  }

  @Test(arguments: [
    "", "  ", ".", ":587", "host:", "host:0", "host:65536", "host:x", "host:+5", "host:-1", "host: 25", "smtp:port",
    "https://mail.example.com", "mail.example.com/path", "mail example.com", "<<your host>>", "${header.host}",
    "host:25:26", "[2001:db8::1", "[2001:db8::1]x", "[2001:db8::1]:", "[mail.example.com]:25", "[]:25", "a\u{0}b",
    "a\nb",
    "user@host", String(repeating: "a", count: 254),
  ])
  func `what is no address is refused`(text: String) {
    #expect(ServerAddress(text, defaultPort: 25) == nil)
  }

  @Test func `a port must be there where none is the default`() {
    #expect(ServerAddress("mail.example.com", defaultPort: nil) == nil)
    #expect(ServerAddress("mail.example.com:1", defaultPort: nil)?.port == 1)
  }

  @Test func `an address is written so that it can be read again`() {
    for text in ["mail.example.com:587", "[2001:db8::1]:25"] {
      #expect(ServerAddress(text, defaultPort: nil)?.description == text)
    }
  }
}
