import Crypto
import SASL
import Testing

// The exchanges that the RFCs print, so that they are tested where the shared corpus is not.

@Test func `SCRAM-SHA-1 runs as in RFC 5802 section 5`() throws {
  var exchange = SCRAMExchange(
    hash: .sha1, binding: .notSupported, credentials: credentials(), nonces: .fixed("fyko+d2lbbFgONRv9qkxdawL"))
  #expect(exchange.mechanism == .scramSHA1)
  #expect(try exchange.start()?.text == "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
  #expect(
    try exchange.answer("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")
      == "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
  #expect(try exchange.answer("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == "")
  try exchange.finish(additionalData: nil)
}

@Test func `SCRAM-SHA-256 runs as in RFC 7677 section 3, its signature beside the success`() throws {
  var exchange = SCRAMExchange(
    hash: .sha256, binding: .notSupported, credentials: credentials(), nonces: .fixed("rOprNGfwEbeRWgbNEkqO"))
  #expect(try exchange.start()?.text == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
  #expect(
    try exchange.answer(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
      == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
  try exchange.finish(additionalData: Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
}

@Test func `CRAM-MD5 answers as in RFC 2195 section 2`() throws {
  var exchange = CRAMMD5Exchange(credentials: credentials("tim", "tanstaaftanstaaf"))
  #expect(try exchange.start() == nil)
  #expect(
    try exchange.answer("<1896.697170952@postoffice.reston.mci.net>") == "tim b913a602c7eda7a495b4e6e7334d3890")
  try exchange.finish(additionalData: nil)
}

@Test func `DIGEST-MD5 runs as in RFC 2831 section 4, for IMAP`() throws {
  var exchange = DigestMD5Exchange(
    credentials: credentials("chris", "secret"), service: SASLService(name: "imap", host: "elwood.innosoft.com"),
    nonces: .fixed("OA6MHXh6VqTrRk"))
  #expect(try exchange.start() == nil)
  #expect(
    try exchange.answer(
      #"realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8"#)
      == #"charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,"#
      + #"cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",qop=auth,"#
      + "response=d388dad90d4bbd760a152321f2143af7")
  #expect(try exchange.answer("rspauth=ea40f60335c427b5527b84dbabcdfffd") == "")
  try exchange.finish(additionalData: nil)
}

@Test func `DIGEST-MD5 runs as in RFC 2831 section 4, for ACAP, its proof beside the success`() throws {
  var exchange = DigestMD5Exchange(
    credentials: credentials("chris", "secret"), service: SASLService(name: "acap", host: "elwood.innosoft.com"),
    nonces: .fixed("OA9BSuZWMSpW8m"))
  let response = try exchange.answer(
    #"realm="elwood.innosoft.com",nonce="OA9BSXrbuRhWay",qop="auth",algorithm=md5-sess,charset=utf-8"#)
  #expect(response.hasSuffix(",response=6084c6db3fede7352c551284490fd0fc"))
  try exchange.finish(additionalData: Array("rspauth=2f0b3d7c3c2e486600ef710726aa2eae".utf8))
}

@Test func `PLAIN sends what RFC 4616 section 4 prints`() throws {
  var alone = PlainExchange(credentials: credentials("tim", "tanstaaftanstaaf"))
  #expect(try alone.start()?.text == "\0tim\0tanstaaftanstaaf")
  try alone.finish(additionalData: nil)
  var forAnother = PlainExchange(credentials: credentials("Kurt", "xipj3plmq", as: "Ursel"))
  #expect(try forAnother.start()?.text == "Ursel\0Kurt\0xipj3plmq")
}
