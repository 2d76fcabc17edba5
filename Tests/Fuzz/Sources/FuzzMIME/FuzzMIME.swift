import MIME
import TenantBase

/// Called by libFuzzer with each input: reads it as a mail in every way, and stops when two ways disagree.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAsMail(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let mail = Array(UnsafeBufferPointer(start: start, count: count))
  let whole = MailMessageParser.parse(mail)
  guard whole.source == mail else { fatalError("the mail is not written back as it came") }

  let inspection = MailInspection(whole)
  let shown = inspection.json.text(.compact)
  _ = inspection.text
  for file in inspection.files where AttachmentNames.safe(file.name) != file.name {
    fatalError("unsafe file name \(file.name)")
  }

  var parser = MailMessageParser()
  let cut = mail.isEmpty ? 0 : Int(mail[mail.count / 2]) * mail.count / 256
  parser.consume(Array(mail[..<cut]))
  for byte in mail[cut...].prefix(64) { parser.consume([byte]) }
  parser.consume(Array(mail[cut...].dropFirst(64)))
  guard parser.work <= 200 * (mail.count + 100) else { fatalError("\(parser.work) bytes looked at of \(mail.count)") }
  guard MailInspection(parser.finish()).json.text(.compact) == shown else {
    fatalError("cut at \(cut) reads otherwise")
  }
  return 0
}
