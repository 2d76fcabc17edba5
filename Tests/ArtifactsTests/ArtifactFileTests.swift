import Crypto
import TenantBase
import Testing
import XMLTree

@testable import Artifacts

private let head = "<UserCredentials xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\""

private func read(_ text: String) throws(ArtifactError) -> ArtifactFile {
  try ArtifactFile.read(Array(text.utf8), file: "artifacts/g.xml")
}

private func fault(_ text: String) -> ArtifactError? {
  do throws(ArtifactError) {
    _ = try read(text)
    return nil
  } catch { return error }
}

private func plain(_ file: ArtifactFile) -> String? {
  guard case .plain(let box) = file.secret else { return nil }
  return box.bytes.withBytes { String(decoding: $0, as: UTF8.self) }
}

private func isAbsent(_ secret: ArtifactFile.Secret) -> Bool {
  if case .absent = secret { return true }
  return false
}

struct ArtifactFileTests {
  @Test func `the shortest file holds a name and a user`() throws {
    let file = try read(head + "><User>orders@example.com</User></UserCredentials>")
    #expect(
      file.artifact
        == .userCredentials(UserCredentials(name: try ArtifactName("Gmail Credentials"), user: "orders@example.com")))
    #expect(isAbsent(file.secret))
    #expect(file.place == SourcePlace(file: "artifacts/g.xml", line: 1))
  }

  @Test func `every field is read`() throws {
    let text = """
      <?xml version="1.0"?>
      <!-- <Password>not this</Password> -->
      <t:UserCredentials xmlns:t="urn:tenant:artifact:1" Kind="openconnectors" Name="A &amp; B">
        <t:Description>
          two
          lines
        </t:Description>
        <t:User> ö@example.com </t:User>
        <t:Organization>org</t:Organization><t:Element>el</t:Element>
        <t:AllowedHost>SMTP.example.com</t:AllowedHost>
        <t:AllowedHost>*.example.org</t:AllowedHost>
        <t:Password/>
      </t:UserCredentials>
      """
    guard case .userCredentials(let credentials) = try read(text).artifact else {
      Issue.record("another kind")
      return
    }
    #expect(credentials.name.text == "A & B")
    #expect(credentials.user == "ö@example.com")
    #expect(credentials.kind == .openConnectors(organization: "org", element: "el"))
    #expect(credentials.description == "two\n    lines")
    #expect(credentials.allowedHosts.map(\.pattern) == ["smtp.example.com", "*.example.org"])
  }

  @Test func `a secure parameter and SuccessFactors credentials are read`() throws {
    let parameter = try read("<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"p\"/>")
    #expect(parameter.artifact == .secureParameter(SecureParameter(name: try ArtifactName("p"))))
    let file = try read(head + " Kind=\"successfactors\"><User>u</User><CompanyId>c</CompanyId></UserCredentials>")
    guard case .userCredentials(let credentials) = file.artifact else { return }
    #expect(credentials.kind == .successFactors(companyID: "c"))
  }

  static let refused: [(String, ArtifactError.Kind, Int?)] = [
    ("", .notXML(.malformed), 1),
    ("<a", .notXML(.malformed), 1),
    ("<!DOCTYPE a><a/>", .notXML(.doctypeRefused), nil),
    ("<Other/>", .unknownElement("Other"), 1),
    ("<UserCredentials Name=\"a\"/>", .unknownElement("UserCredentials"), 1),
    (head + ">\n<User>u</User>\n<Pasword>x</Pasword></UserCredentials>", .unknownElement("Pasword"), 3),
    (head + " Extra=\"1\"><User>u</User></UserCredentials>", .unknownAttribute("Extra"), 1),
    (head + "><User a=\"1\">u</User></UserCredentials>", .unknownAttribute("a"), 1),
    (head + "><User>u</User>\n<User>v</User></UserCredentials>", .repeated("User"), 2),
    (head + "/>", .missing("User"), 1),
    (head + "><User>  </User></UserCredentials>", .missing("User"), 1),
    (head + "><User>a\nb</User></UserCredentials>", .badValue("User"), 1),
    (head + "><User>u<b/></User></UserCredentials>", .unknownElement("b"), 1),
    (head + ">x<User>u</User></UserCredentials>", .badValue("UserCredentials"), 1),
    (head + " Kind=\"Default\"><User>u</User></UserCredentials>", .badValue("Kind"), 1),
    (head + " Kind=\"successfactors\"><User>u</User></UserCredentials>", .missing("CompanyId"), 1),
    (head + "><User>u</User><CompanyId>c</CompanyId></UserCredentials>", .unknownElement("CompanyId"), 1),
    (head + "><User>u</User><AllowedHost>a:1</AllowedHost></UserCredentials>", .badValue("AllowedHost"), 1),
    (head + "><User>u</User><Password sealed=\"x\"/></UserCredentials>", .badSealedValue, 1),
    (head + "><User>u</User>\n<Password>geheim</Password></UserCredentials>", .plainSecret, 1),
    (head + "><User>u</User><Password><![CDATA[geheim]]></Password></UserCredentials>", .plainSecret, 1),
    (head + "><User>u</User><Password>&geheim;</Password></UserCredentials>", .badValue("secret"), 1),
    (head + "><User>u</User><Password><b>geheim</b></Password></UserCredentials>", .badValue("secret"), 1),
    (head + "><User>u</User><Password geheim=\"x\"/></UserCredentials>", .unknownAttribute("geheim"), 1),
    (
      "<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"p\">\n<Value>geheim</Value></SecureParameter>",
      .plainSecret, 1
    ),
    ("<SecureParameter xmlns=\"urn:tenant:artifact:1\"/>", .missing("Name"), 1),
    ("<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\" p\"/>", .badName(.blankAtEnd), 1),
    ("<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"a&#x85;b\"/>", .badName(.controlCharacter), 1),
    (
      "<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"p\"><User/></SecureParameter>", .unknownElement("User"),
      1
    ),
    ("\u{0}", .unsupportedEncoding, nil),
  ]

  @Test(arguments: refused)
  func `a file that breaks a rule is refused with its place`(text: String, kind: ArtifactError.Kind, line: Int?) {
    let error = fault(text)
    #expect(error?.kind == kind, "\(text)")
    #expect(error?.place.line == line, "\(text)")
    if kind != .unknownAttribute("geheim") {
      #expect(error.map { "\($0.explanation)".contains("geheim") } == false)
    }
  }

  @Test func `a refused secret comes with the command that seals it`() {
    let text = head + "><User>u</User><Password>geheim</Password></UserCredentials>"
    let error = fault(text)
    #expect(error?.explanation.hints == ["seal it: tenant seal-artifact artifacts/g.xml"])
  }

  @Test func `an unknown element names those that are allowed`() {
    let hints = fault(head + "><Usr/></UserCredentials>")?.explanation.hints
    #expect(
      hints == ["allowed are: Description, User, CompanyId, Organization, Element, AllowedHost, Password"])
  }

  @Test(
    arguments: [
      ("a&lt;b&gt;&amp;&quot;&apos;", "a<b>&\"'"), ("&#65;&#x20AC;", "A€"), ("<![CDATA[a<b]]>c", "a<bc"),
      (" x ", " x "),
      ("]]", "]]"),
    ])
  func `a secret in the open is read for sealing as XML means it`(content: String, expected: String) throws {
    let text = head + "><User>u</User><Password>\(content)</Password></UserCredentials>"
    let file = try ArtifactFile.readForSealing(Array(text.utf8), file: "f")
    #expect(plain(file) == expected)
  }

  @Test func `a file cut at any offset is refused, and says nothing of the secret`() {
    let text = Array((head + "><User>u</User><Password>geheim</Password></UserCredentials>").utf8)
    for length in 0..<text.count {
      let error: ArtifactError?
      do throws(ArtifactError) {
        _ = try ArtifactFile.read(Array(text[..<length]), file: "f")
        error = nil
      } catch let refusal { error = refusal }
      #expect(error != nil, "\(length)")
      #expect(error.map { "\($0.explanation)".contains("gehe") } == false, "\(length)")
    }
  }

  @Test func `no file, however damaged, makes the reader fall over`() {
    let good = Array((head + ">\n<!-- c --><User>u</User><Password>geheim</Password></UserCredentials>").utf8)
    let tokens = ["<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "\"", "'", "&", ";", "<?", "\u{0}"].map {
      Array($0.utf8)
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<1_500 {
      var text = good
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: text.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: position)
        case 1: text.remove(at: position)
        default: text[position] = .random(in: .min ... .max, using: &generator)
        }
      }
      guard let file = try? ArtifactFile.readForSealing(text, file: "f") else { continue }
      // What is read without a secret had its element damaged beyond recognition.
      if case .absent = file.secret { continue }
      #expect(plain(file) != nil)
    }
  }

  @Test func `a file that is too long is refused`() {
    let error = fault(head + ">" + String(repeating: " ", count: ArtifactLimits.fileBytes))
    #expect(error?.kind == .badValue("file"))
  }
}
