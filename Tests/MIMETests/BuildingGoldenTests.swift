import Foundation
import MIME
import TenantBase
import TestSupport
import Testing

/// The built samples, byte for byte, as they lie in Tests/Fixtures/golden-mails. Set TENANT_UPDATE_GOLDEN=1 to write
/// them anew, and read the difference before it is committed.
@Suite struct BuildingGoldenTests {
  @Test func `samples are built as the golden mails`() throws {
    let updates = ProcessInfo.processInfo.environment["TENANT_UPDATE_GOLDEN"] == "1"
    for sample in try BuildingSample.all() {
      let path = "\(Corpus.packageRoot)/Tests/Fixtures/golden-mails/\(sample.name).eml"
      let built = try BuildingFixture.bytes(sample.message)
      if updates { #expect(FileManager.default.createFile(atPath: path, contents: Data(built))) }
      let golden = FileManager.default.contents(atPath: path).map { [UInt8]($0) }
      #expect(golden?.utf8Text == built.utf8Text, "\(sample.name)")
    }
  }
}
