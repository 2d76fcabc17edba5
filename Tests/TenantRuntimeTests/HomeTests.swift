import Foundation
import Keystore
import System
import TenantBase
import Testing

@testable import TenantRuntime

struct HomeTests {
  @Test func `a new home has its folders, and the secret ones are private`() throws {
    let fixture = try RuntimeFixture()
    let outcome = try HomeCreation(home: fixture.home).make(slot: .keyFile(path: fixture.keyFile))
    #expect(outcome.madeFolders == ["artifacts", "iflows", "keystore", "data"])
    #expect(outcome.keyFile == fixture.keyFile)
    #expect(FileStatus.mode(of: fixture.home.keystoreFolder) == 0o700)
    #expect(FileStatus.mode(of: fixture.home.dataFolder) == 0o700)
    #expect(FileStatus.mode(of: fixture.home.artifactsFolder) == 0o755)
    #expect(try fixture.open().entries().isEmpty)
  }

  @Test func `the empty keystore folder of a checkout is taken from others`() throws {
    let fixture = try RuntimeFixture()
    try Folder.create(fixture.home.keystoreFolder, mode: 0o755)
    let outcome = try HomeCreation(home: fixture.home).make(slot: .keyFile(path: fixture.keyFile))
    #expect(outcome.tightenedKeystore)
    #expect(outcome.foundFolders == ["keystore"])
    #expect(FileStatus.mode(of: fixture.home.keystoreFolder) == 0o700)
  }

  @Test func `a copy of a lost keystore is not written over`() throws {
    let fixture = try RuntimeFixture()
    try Folder.create(fixture.home.keystoreFolder)
    try fixture.write("copy", to: "keystore/keystore.tks.previous")
    let error = #expect(throws: HomeError.self) {
      try HomeCreation(home: fixture.home).make(slot: .keyFile(path: fixture.keyFile))
    }
    #expect(error?.explanation.hints.first?.hasPrefix("put it back: cp -p ") == true)
    #expect(!FileStatus.exists(fixture.home.dataFolder))
  }

  @Test func `a lost keystore with a copy beside it is told by all who look for it`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    try FileContents.replace(
      fixture.home.inside("keystore/keystore.tks.previous"),
      with: FileContents.read(fixture.home.inside("keystore/keystore.tks"), limit: 100_000))
    try Folder(opening: fixture.home.keystoreFolder).remove("keystore.tks")
    let looks: [() throws -> Void] = [
      { _ = try ArtifactInventory(of: fixture.home, isHome: true) }, { _ = try fixture.open() },
      { _ = try TenantKeystore.openIfPresent(home: fixture.home) },
      { _ = try HomeCreation(home: fixture.home).isDone() },
    ]
    for look in looks {
      let error = #expect(throws: HomeError.self) { try look() }
      #expect(error?.failureClass == .configuration)
      #expect(error?.explanation.summary.hasSuffix("has no keystore, but a copy of one") == true)
    }
  }

  @Test(arguments: ["keystore", "data"])
  func `a folder that cannot be entered is not an empty one`(_ name: String) throws {
    let fixture = try RuntimeFixture()
    try Folder.create(fixture.home.inside("artifacts"))
    // A link to itself cannot be entered by anybody, root neither.
    try FileManager.default.createSymbolicLink(
      atPath: fixture.home.inside(name), withDestinationPath: name)
    let look = {
      _ = try FlowInventory(of: fixture.home)
      _ = try ArtifactInventory(of: fixture.home, isHome: true)
    }
    let error = try #require(#expect(throws: (any Error).self) { try look() }.flatMap(explanation))
    #expect(error.summary == "cannot open the folder '\(fixture.home.inside(name))'")
    #expect(error.cause != nil)
  }

  @Test func `a missing keystore names the init that makes it`() throws {
    let fixture = try RuntimeFixture()
    let error = #expect(throws: TenantKeystoreError.self) { try fixture.open() }
    #expect(error?.kind == .notFound)
    #expect(error?.failureClass == .configuration)
    #expect(error?.explanation.hints.first == "make the tenant home: tenant --home \(fixture.home.path) init")
  }

  @Test(
    "hints of other parts get the home",
    arguments: [
      ("add one: tenant keystore add-key", "add one: tenant --home /srv/mail keystore add-key"),
      ("compare it first", "compare it first"), ("a tenant home", "a tenant home"),
    ])
  func completing(_ hint: String, _ expected: String) {
    #expect(TenantHome(path: "/srv/mail").completing(hint) == expected)
    #expect(TenantHome(path: ".").completing(hint) == hint)
  }

  @Test func `files are told apart by kind, and folders give their artifact files sorted`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    for name in ["b", "a"] { try fixture.writeCredentials(name) }
    try fixture.write("", to: "artifacts/notes.txt")
    try Folder.create(fixture.home.inside("iflows/bundle/META-INF"))
    try fixture.write("", to: "iflows/bundle/META-INF/MANIFEST.MF")
    let found = try DeployableFile.find([
      fixture.home.artifactsFolder, "x.iflw", "x.ZIP", fixture.home.inside("iflows/bundle"),
    ])
    #expect(found.map(\.path).map { FilePath.split($0).name } == ["a.xml", "b.xml", "x.iflw", "x.ZIP", "bundle"])
    let kinds = found.map { if case .artifact = $0 { "artifact" } else { "flow" } }
    #expect(kinds == ["artifact", "artifact", "flow", "flow", "flow"])
    #expect(throws: HomeError.self) { try DeployableFile.find([fixture.home.dataFolder]) }
  }
}
