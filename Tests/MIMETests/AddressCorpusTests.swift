import Foundation
import MIME
import TestSupport
import Testing

/// The is_email test set (Dominic Sayers, BSD): every address with what RFC 5321 and 5322 say about it.
@Suite struct AddressCorpusTests {
  struct Row {
    var address: String
    var category: String
  }

  @Test(.enabled(if: Corpus.isPresent)) func `the strict parser agrees with the is_email test set`() throws {
    let rows = try Self.rows()
    #expect(rows.count > 160)
    for row in rows {
      let address = try? MailAddress.parsing(specification: row.address, field: "To")
      switch row.category {
      case "ISEMAIL_ERR": #expect(address == nil, "accepted \(row.address.debugDescription)")
      case "ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN":
        #expect(address != nil, "refused \(row.address.debugDescription)")
      default:
        // Accepted or not, what was read must come out the same.
        if let address { #expect((try? address.checked(field: "To")) != nil, "\(row.address.debugDescription)") }
      }
    }
  }

  private static func rows() throws -> [Row] {
    let bytes = try #require(Corpus.bytes("address/isemail-tests.xml"))
    let text = String(decoding: bytes, as: UTF8.self)
    return text.components(separatedBy: "<test ").dropFirst().map { block in
      Row(address: element("address", in: block), category: element("category", in: block))
    }
  }

  /// The set writes control characters as the symbols of U+2400.
  private static func element(_ name: String, in block: String) -> String {
    guard let start = block.range(of: "<\(name)>"), let end = block.range(of: "</\(name)>") else { return "" }
    var result = ""
    for scalar in unescaped(String(block[start.upperBound..<end.lowerBound])).unicodeScalars {
      let isSymbol = (0x2400...0x241F).contains(scalar.value)
      result.unicodeScalars.append(isSymbol ? Unicode.Scalar(UInt8(scalar.value - 0x2400)) : scalar)
    }
    return result
  }

  private static func unescaped(_ text: String) -> String {
    var result = text
    while let start = result.range(of: "&#x"), let end = result[start.upperBound...].firstIndex(of: ";") {
      let digits = result[start.upperBound..<end]
      let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init).map(Character.init) ?? "?"
      result.replaceSubrange(start.lowerBound...end, with: String(scalar))
    }
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
      result = result.replacingOccurrences(of: entity, with: character)
    }
    return result
  }
}
