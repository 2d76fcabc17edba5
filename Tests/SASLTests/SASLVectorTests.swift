import Crypto
import Foundation
import SASL
import TenantBase
import TestSupport
import Testing

private struct MechanismVectors: Decodable {
  struct Scram: Decodable {
    let mechanism: String
    let username: String
    let usernameBeforeSaslprep: String?
    let password: String
    let clientNonce: String
    let channelBindingHex: String
    let gs2Header: String
    let clientFirst: String
    let serverFirst: String
    let clientFinal: String
    let serverFinal: String
  }
  struct Cram: Decodable {
    let challengeB64: String
    let username: String
    let password: String
    let responseB64: String
  }
  struct Plain: Decodable {
    let authzid: String
    let authcid: String
    let password: String
    let messageB64: String?
  }

  let scram: [Scram]
  let cramMd5: [Cram]
  let plain: [Plain]

  static func load() throws -> MechanismVectors {
    let bytes = try #require(Corpus.bytes("sasl/vectors.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(MechanismVectors.self, from: Data(bytes))
  }
}

@Suite(.enabled(if: Corpus.isPresent, "the test corpus is not there"))
struct `Vectors of the shared corpus for mechanisms` {
  @Test func `SCRAM exchanges run as listed`() throws {
    let vectors = try MechanismVectors.load().scram
    #expect(vectors.count == 16)
    for vector in vectors {
      let parts = vector.gs2Header.split(separator: ",", omittingEmptySubsequences: false)
      let data = try #require(Hexadecimal.decode(Array(vector.channelBindingHex.utf8)))
      let binding: ChannelBinding =
        switch parts[0] {
        case "n": .notSupported
        case "y": .notOffered
        default: .bound(kind: ChannelBindingKind(rawValue: String(parts[0].dropFirst(2))), data: data)
        }
      let role = parts[1].isEmpty ? nil : String(parts[1].dropFirst(2))
      var exchange = SCRAMExchange(
        hash: vector.mechanism == "SCRAM-SHA-1" ? .sha1 : .sha256, binding: binding,
        credentials: credentials(vector.usernameBeforeSaslprep ?? vector.username, vector.password, as: role),
        nonces: .fixed(vector.clientNonce))
      #expect(try exchange.start()?.text == vector.clientFirst)
      #expect(try exchange.answer(vector.serverFirst) == vector.clientFinal)
      #expect(try exchange.answer(vector.serverFinal) == "")
      try exchange.finish(additionalData: nil)
    }
  }

  @Test func `CRAM-MD5 answers as listed`() throws {
    for vector in try MechanismVectors.load().cramMd5 {
      var exchange = CRAMMD5Exchange(credentials: credentials(vector.username, vector.password))
      #expect(try exchange.start() == nil)
      let challenge = try #require(Base64.decode(Array(vector.challengeB64.utf8)))
      let response: SecretBytes = Base64.encode(try exchange.respond(to: challenge).bytes)
      #expect(response.withBytes { [UInt8]($0).utf8Text } == vector.responseB64)
      try exchange.finish(additionalData: nil)
    }
  }

  @Test func `PLAIN sends or refuses what is listed`() throws {
    let vectors = try MechanismVectors.load().plain
    #expect(vectors.count == 3)
    for vector in vectors {
      var exchange = PlainExchange(credentials: credentials(vector.authcid, vector.password, as: vector.authzid))
      if let expected = vector.messageB64 {
        let message = try #require(try exchange.start())
        let text: SecretBytes = Base64.encode(message.bytes)
        #expect(text.withBytes { [UInt8]($0).utf8Text } == expected)
        try exchange.finish(additionalData: nil)
      } else {
        #expect(kind { () throws(SASLError) in _ = try exchange.start() } == .unusableCredential)
      }
    }
  }
}
