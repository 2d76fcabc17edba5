import Crypto
import SASL
import SMTP
import TenantBase
import TestSupport
import Testing
import Wire

/// The S-SCRAM rows over a whole session: the exchange of RFC 7677 section 3, and servers that bend it.
@Suite struct SCRAMServerTests {
  private static let nonce = "rOprNGfwEbeRWgbNEkqO"
  private static let serverNonce = nonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
  private static let honestFirst = "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
  private static let proof = "c=biws,r=\(serverNonce),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
  private static let honestFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

  private func base64(_ text: String) -> String { Base64.encode(Array(text.utf8)).utf8Text }

  private func open(_ steps: [ScriptedStream.Step]) async -> (error: SMTPError?, stream: ScriptedStream) {
    let opening: [ScriptedStream.Step] = [
      .send("250-mail.example\r\n250 AUTH SCRAM-SHA-256\r\n"),
      .expect("AUTH SCRAM-SHA-256 \(base64("n,,n=user,r=\(Self.nonce)"))\r\n"),
    ]
    let stream = ScriptedStream(SMTPFixture.greeting + opening + steps)
    let error = await SMTPFixture.openFailure(stream, tls: .off) { _ in
      SCRAMExchange(
        hash: .sha256, binding: .notSupported,
        credentials: SASLCredentials(
          userName: "user", password: SecretBox(SecretBytes(copying: Array("pencil".utf8)))),
        nonces: .fixed(Self.nonce))
    }
    return (error, stream)
  }

  @Test func `an honest server gets the proof and gives its own`() async {
    let (error, stream) = await open([
      .send("334 \(base64(Self.honestFirst))\r\n"), .expect("\(base64(Self.proof))\r\n"),
      .send("334 \(base64(Self.honestFinal))\r\n"), .expect("\r\n"), .send("235 ok\r\n"),
    ])
    #expect(error == nil)
    #expect(stream.isFinished, "\(stream.state)")
  }

  private static let badFirst: [String] = [
    "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4294967295",
    "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000000",
    "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
    "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-4096", "r=\(serverNonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=many",
    "r=\(serverNonce),s=!!!,i=4096", "r=\(serverNonce),s=,i=4096", "m=x,\(honestFirst)",
    "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "",
  ]

  @Test(arguments: badFirst) func `a bent first message is cancelled before any proof`(message: String) async {
    let (error, stream) = await open([
      .send("334 \(base64(message))\r\n"), .expect("*\r\n"), .send("501 cancelled\r\n"),
    ])
    #expect(error?.kind == .loginFailed)
    #expect(error?.failureClass == .refused)
    #expect(stream.secrets.count == 1, "only the first message, which has no proof")
    #expect(stream.isFinished, "\(stream.state)")
  }

  private static let badFinal = [
    "v=AAAA", "v=", "x=1", "e=invalid-proof", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=",
  ]

  @Test(arguments: badFinal) func `a server that cannot prove itself is not believed`(message: String) async {
    let (error, stream) = await open([
      .send("334 \(base64(Self.honestFirst))\r\n"), .expect("\(base64(Self.proof))\r\n"),
      .send("334 \(base64(message))\r\n"), .expect("*\r\n"), .send("235 ok all the same\r\n"),
    ])
    #expect(error?.kind == .loginFailed)
    #expect(stream.isClosed)
  }

  @Test func `success without the server's proof is a failure`() async {
    let (error, stream) = await open([
      .send("334 \(base64(Self.honestFirst))\r\n"), .expect("\(base64(Self.proof))\r\n"), .send("235 ok\r\n"),
    ])
    #expect(error?.kind == .loginFailed)
    #expect(error?.failureClass == .refused)
    #expect(stream.isClosed)
  }
}
