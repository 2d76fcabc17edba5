import Crypto
import SASL
import TenantBase
import Testing

private let honest = #"realm="mail.example",nonce="abc",qop="auth",charset=utf-8,algorithm=md5-sess"#

private func client(_ userName: String = "user", _ secret: String = "pencil", as role: String? = nil)
  -> DigestMD5Exchange
{
  DigestMD5Exchange(
    credentials: credentials(userName, secret, as: role), service: SASLService(name: "smtp", host: "mail.example"),
    nonces: .fixed("CNONCE"))
}

/// What an honest server computes, straight from RFC 2831 section 2.1.2.1.
private func proof(
  _ method: String, user: [UInt8] = Array("user".utf8), password: [UInt8] = Array("pencil".utf8),
  realm: String = "mail.example", nonce: String = "abc", role: String? = nil
) -> String {
  func md5(_ bytes: [UInt8]) -> [UInt8] { Digest.hash(bytes, with: .md5) }
  func hex(_ bytes: [UInt8]) -> [UInt8] { Hexadecimal.encode(bytes) }
  let colon = Array(":".utf8)
  let inner = md5(user + colon + Array(realm.utf8) + colon + password)
  let a1 = inner + Array(":\(nonce):CNONCE".utf8) + (role.map { Array(":\($0)".utf8) } ?? [])
  let a2 = Array("\(method):smtp/mail.example".utf8)
  return hex(md5(hex(md5(a1)) + Array(":\(nonce):00000001:CNONCE:auth:".utf8) + hex(md5(a2)))).utf8Text
}

@Test(arguments: [
  honest, "  ,, realm = \"mail.example\" ,\t nonce=abc, qop=\"auth-int , AUTH\",charset=UTF-8,algorithm=MD5-sess,,",
  #"nonce="abc",algorithm=md5-sess,charset=utf-8,stale=true,maxbuf=100,cipher="rc4",x-future="\"q\"""#,
  #"realm="other",realm="MAIL.example",nonce="abc",algorithm=md5-sess,charset=utf-8"#.lowercased(),
  #"nonce="a\bc",algorithm="md5-sess",charset="utf-8""#,
])
func `an honest DIGEST-MD5 server is logged in to`(_ challenge: String) throws {
  var exchange = client()
  #expect(try exchange.start() == nil)
  let response = try exchange.answer(challenge)
  #expect(response.hasSuffix(",response=\(proof("AUTHENTICATE"))"), "\(response)")
  #expect(response.contains(#"realm="mail.example""#))
  try exchange.answer("rspauth=\(proof(""))")
  try exchange.finish(additionalData: nil)
}

@Test(arguments: [
  "", ",", "Username:", #"realm="mail.example",qop="auth",algorithm=md5-sess"#,
  #"nonce="",algorithm=md5-sess"#, #"nonce="a",nonce="b",algorithm=md5-sess"#, #"nonce="abc",qop="auth""#,
  #"nonce="abc",algorithm=md5"#, #"nonce="abc",algorithm=md5-sess,algorithm=md5-sess"#,
  #"nonce="abc",algorithm=md5-sess,qop="auth-int,auth-conf""#, #"nonce="abc",algorithm=md5-sess,qop="""#,
  #"nonce="abc",algorithm=md5-sess,qop=auth,qop=auth"#, #"nonce="abc",algorithm=md5-sess,charset=latin1"#,
  #"nonce="abc",algorithm=md5-sess,charset=utf-8,charset=utf-8"#, #"nonce="abc",algorithm=md5-sess,stale=1,stale=1"#,
  #"nonce="abc",algorithm=md5-sess,maxbuf=1,maxbuf=1"#, #"nonce="abc"algorithm=md5-sess"#,
  "nonce=\"ab\r\nc\",algorithm=md5-sess", "nonce=\"ab\0c\",algorithm=md5-sess", #"nonce="abc,algorithm=md5-sess"#,
  #"nonce="abc\"#, #"nonce=,algorithm=md5-sess"#, #"=abc,algorithm=md5-sess"#, #"nonce:"abc",algorithm=md5-sess"#,
  honest + ",x=\"" + String(repeating: "x", count: 2_048 - 4 - honest.utf8.count) + "\"",
])
func `a bad challenge of DIGEST-MD5 gets no answer`(_ challenge: String) throws {
  var exchange = client()
  #expect(kind { try exchange.answer(challenge) } == .malformedChallenge)
  #expect(kind { try exchange.answer(honest) } == .malformedChallenge)
  #expect(kind { try exchange.finish(additionalData: nil) } == .serverNotAuthenticated)
}

@Test func `a challenge of the longest length is answered`() throws {
  let challenge = honest + ",x=\"" + String(repeating: "x", count: 2_047 - 5 - honest.utf8.count) + "\""
  #expect(challenge.utf8.count == 2_047)
  var exchange = client()
  #expect(try exchange.answer(challenge).hasSuffix(proof("AUTHENTICATE")))
}

@Test func `a challenge cut anywhere gets no answer`() {
  for length in 0..<honest.utf8.count {
    var exchange = client()
    #expect(kind { try exchange.answer(String(honest.prefix(length))) } == .malformedChallenge)
  }
}

@Test func `the server's proof cut anywhere or changed is no success`() throws {
  var exchange = client()
  try exchange.answer(honest)
  let last = "rspauth=\(proof(""))"
  for length in 0..<last.utf8.count {
    var cut = exchange
    #expect(kind { try cut.answer(String(last.prefix(length))) } != nil)
  }
  let wrong = [
    "rspauth=\(proof("AUTHENTICATE"))", "rspauth=\(proof("").uppercased())", last + "," + last, "rspauth=\"\"", honest,
  ]
  for message in wrong {
    var other = exchange
    #expect(kind { try other.answer(message) } != nil, "\(message)")
    #expect(kind { try other.finish(additionalData: nil) } == .serverNotAuthenticated)
  }
}

@Test func `success without rspauth is refused`() throws {
  var exchange = client()
  #expect(kind { try exchange.finish(additionalData: nil) } == .finishedTooEarly)
  var answered = client()
  try answered.answer(honest)
  #expect(kind { try answered.finish(additionalData: nil) } == .serverNotAuthenticated)
}

@Test func `the realm is the host's, else the first, else the host`() throws {
  func realm(_ realms: String) throws -> String? {
    var exchange = client()
    let response = try exchange.answer("\(realms)nonce=abc,algorithm=md5-sess,charset=utf-8")
    return response.split(separator: ",").first { $0.hasPrefix("realm=") }.map { String($0.dropFirst(6)) }
  }
  #expect(try realm("") == #""mail.example""#)
  #expect(try realm(#"realm="one","#) == #""one""#)
  #expect(try realm(#"realm="one",realm="two","#) == #""one""#)
  #expect(try realm(#"realm="one",realm="Mail.Example","#) == #""Mail.Example""#)
  #expect(try realm(#"realm="a \"b\" \\c","#) == #""a \"b\" \\c""#)
  #expect(try realm(#"realm="","#) == #""""#)
}

@Test func `quotes and backslashes in names are escaped in the response and plain in the hash`() throws {
  var exchange = client(#"a"b\c"#)
  let response = try exchange.answer(honest)
  #expect(response.contains(#"username="a\"b\\c""#))
  #expect(response.hasSuffix(proof("AUTHENTICATE", user: Array(#"a"b\c"#.utf8))))
}

@Test func `an authorization id is sent and hashed`() throws {
  var exchange = client(as: "admin")
  let response = try exchange.answer(honest)
  #expect(response.contains(#",authzid="admin","#))
  #expect(response.hasSuffix(proof("AUTHENTICATE", role: "admin")))
}

@Test func `names that fit are hashed in ISO 8859-1, the others in UTF-8`() throws {
  var latin = client("jörg", "straße")
  let response = try latin.answer(honest)
  #expect(response.contains(#"username="jörg""#))
  let user: [UInt8] = [0x6A, 0xF6, 0x72, 0x67]
  let secret: [UInt8] = [0x73, 0x74, 0x72, 0x61, 0xDF, 0x65]
  #expect(response.hasSuffix(proof("AUTHENTICATE", user: user, password: secret)))
  var wide = client("jörg", "日本")
  #expect(try wide.answer(honest).hasSuffix(proof("AUTHENTICATE", user: user, password: Array("日本".utf8))))
}

@Test func `without charset the names go in ISO 8859-1 or not at all`() throws {
  let old = #"realm="mail.example",nonce="abc",algorithm=md5-sess"#
  var latin = client("jörg")
  let response = try latin.respond(to: Array(old.utf8)).bytes.withBytes { [UInt8]($0) }
  #expect(response.starts(with: Array(#"username="j"#.utf8) + [0xF6]))
  for (user, secret) in [("日本", "x"), ("x", "日本")] {
    var wide = client(user, secret)
    #expect(kind { try wide.answer(old) } == .unusableCredential)
  }
}

@Test func `names with control characters or too long for a response are unusable`() throws {
  var control = client("a\r\nb")
  #expect(kind { _ = try control.start() } == .unusableCredential)
  var long = client(String(repeating: "a", count: 4_090))
  #expect(try long.start() == nil)
  #expect(kind { try long.answer(honest) } == .unusableCredential)
}
