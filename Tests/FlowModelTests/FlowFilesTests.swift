import FlowModel
import TenantBase
import TestSupport
import Testing

private let flow = Array(FlowFixture.mail([("to", "{{to}}")]).xml.utf8)
private let manifest = Array(
  ("Manifest-Version: 1.0\r\nBundle-SymbolicName: Order_Mai\r\n l; singleton:=true\r\nBundle-Name: Order mail\r\n"
    + "Require-Capability: scriptcollection.Common;resolution:=optional,other.X\r\n").utf8)
private let bundle: [String: [UInt8]] = [
  "iflows/order/META-INF/MANIFEST.MF": manifest,
  "iflows/order/metainfo.prop": Array("description=x".utf8),
  "iflows/order/src/main/resources/scenarioflows/integrationflow/Order.iflw": flow,
  "iflows/order/src/main/resources/parameters.prop": Array("to=a@example.com".utf8),
  "iflows/order.tenant.prop": Array("channel.Mail.cc=c@example.com".utf8),
]

@Test func `a bundle's folder is read with its files`() throws {
  let loaded = try LoadedFlow(at: "iflows/order", in: MemoryFiles(bundle))
  #expect(loaded.flow.name == "Order_Mail")
  #expect(loaded.manifest?.displayName == "Order mail")
  #expect(loaded.manifest?.scriptCollections == ["Common"])
  #expect(loaded.files.bundleFolder == "iflows/order")
  #expect(loaded.files.metainfo?.path == "iflows/order/metainfo.prop")
  #expect(loaded.flow.channels.first?.properties["to"] == "a@example.com")
  #expect(loaded.flow.channels.first?.properties["cc"] == "c@example.com")
  #expect(loaded.parameterSummaries.map(\.name) == ["to"])
  #expect(loaded.parameterSummaries.first?.value?.origin.description.hasSuffix("parameters.prop:1") == true)
  let inside = "iflows/order/src/main/resources/scenarioflows/integrationflow/Order.iflw"
  #expect(try LoadedFlow(at: inside, in: MemoryFiles(bundle)).files.bundleFolder == "iflows/order")
}

@Test func `a bundle may be the current folder`() throws {
  var files: [String: [UInt8]] = [:]
  for (path, bytes) in bundle where path.hasPrefix("iflows/order/") {
    files[String(path.dropFirst("iflows/order/".count))] = bytes
  }
  let loaded = try LoadedFlow(at: ".", in: MemoryFiles(files))
  #expect(loaded.manifest?.artifactID == "Order_Mail")
}

@Test func `a single flow takes the files beside it`() throws {
  let files = MemoryFiles([
    "iflows/Hello.iflw": flow, "iflows/parameters.prop": Array("to=b@example.com".utf8),
    "iflows/Hello.tenant.prop": Array("parameter.to=c@example.com".utf8),
  ])
  let loaded = try LoadedFlow(at: "iflows/Hello.iflw", in: files)
  #expect(loaded.flow.name == "Hello")
  #expect(loaded.files.bundleFolder == nil)
  #expect(loaded.flow.channels.first?.properties["to"] == "c@example.com")
  #expect(
    try LoadedFlow(at: "iflows", in: files, commandLine: ["to": "d"]).flow.channels.first?.properties["to"] == "d")
}

@Test func `no flow, several flows and a broken file are told`() {
  let files = MemoryFiles([
    "a/x.txt": [], "b/One.iflw": flow, "b/Two.iflw": flow, "c/C.iflw": flow, "c/parameters.prop": Array("a=\\u1".utf8),
  ])
  for path in ["a", "b", "missing.iflw", "c"] {
    do throws(FlowModelError) {
      _ = try LoadedFlow(at: path, in: files)
      Issue.record("accepted \(path)")
    } catch { #expect(error.kind == (path == "c" ? .malformed : .missing)) }
  }
}

private func bundleFiles() -> [(path: String, bytes: [UInt8])] {
  bundle.filter { $0.key.hasPrefix("iflows/order/") }.map {
    (String($0.key.dropFirst("iflows/order/".count)), $0.value)
  }
  .sorted { $0.path < $1.path }
}

@Test func `an exported bundle is read from its zip, with the overlay beside it`() throws {
  let zip = try ZipFixture(files: bundleFiles()).bytes()
  let files = MemoryFiles(["iflows/order.zip": zip, "iflows/order.tenant.prop": Array("channel.Mail.cc=c".utf8)])
  let loaded = try LoadedFlow(at: "iflows/order.zip", in: files)
  #expect(loaded.flow.name == "Order_Mail")
  #expect(loaded.flow.channels.first?.properties["to"] == "a@example.com")
  #expect(loaded.flow.channels.first?.properties["cc"] == "c")
  #expect(loaded.flow.place.file.hasPrefix("iflows/order.zip!/src/main/resources/"))
}

@Test func `an exported package holds its bundles as zips`() throws {
  let inner = try ZipFixture(files: bundleFiles()).bytes()
  let id = String(repeating: "a", count: 32)
  let package = try ZipFixture(files: [
    ("resources.cnt", [1]), ("\(id)_content", inner), ("licence_content", Array("text".utf8)),
  ]).bytes()
  let flows = try FlowArchive.flows(in: package, file: "p.zip")
  #expect(
    flows.map(\.flow.path) == ["p.zip!/\(id)_content!/src/main/resources/scenarioflows/integrationflow/Order.iflw"])
  #expect(try LoadedFlow(at: "p.zip", in: MemoryFiles(["p.zip": package])).flow.name == "Order_Mail")
  let two = try ZipFixture(files: [("a_content", inner), ("b_content", inner)]).bytes()
  #expect(try FlowArchive.flows(in: two, file: "p.zip").count == 2)
  for bytes in [two, try ZipFixture(files: [("x", [1])]).bytes(), Array("no zip".utf8)] {
    #expect(throws: FlowModelError.self) { try LoadedFlow(at: "p.zip", in: MemoryFiles(["p.zip": bytes])) }
  }
}
