import FlowModel
import TenantBase
import TestSupport
import Testing

struct FlowBundleTests {
  private let flow = Array(FlowFixture.mail().xml.utf8)
  private let inner = "src/main/resources/scenarioflows/integrationflow"

  @Test func `a single file brings the files that belong to it, and nothing else of its folder`() throws {
    let tree = MemoryFiles([
      "d/A.iflw": flow, "d/parameters.prop": [1], "d/A.tenant.prop": [], "d/other.txt": [2], "d/B.tenant.prop": [3],
    ])
    let bundle = try FlowBundle(at: "d/A.iflw", in: tree)
    #expect(bundle.files.map(\.path) == ["A.iflw", "A.tenant.prop", "parameters.prop"])
  }

  @Test func `a bundle brings its scripts, and of several overlays the one that counts`() throws {
    let tree = MemoryFiles([
      "d/X/META-INF/MANIFEST.MF": Array("Bundle-SymbolicName: X\n".utf8), "d/X/\(inner)/A.iflw": flow,
      "d/X/src/main/resources/script/s.groovy": [1], "d/X/.project": [2], "d/X/src/.hidden": [3], "d/X/README": [4],
      "d/X/\(inner)/A.tenant.prop": [0x61], "d/X.tenant.prop": [0x62],
    ])
    let bundle = try FlowBundle(at: "d/X", in: tree)
    #expect(
      bundle.files.map(\.path) == [
        "A.tenant.prop", "META-INF/MANIFEST.MF", "src/main/resources/scenarioflows/integrationflow/A.iflw",
        "src/main/resources/script/s.groovy",
      ])
    #expect(bundle.files.first?.bytes == [0x62])
  }

  @Test func `a package brings each of its flows with its own files`() throws {
    func bundle(_ name: String) throws -> [UInt8] {
      try ZipFixture(files: [
        ("META-INF/MANIFEST.MF", Array("Bundle-SymbolicName: \(name)\n".utf8)), ("\(inner)/A.iflw", flow),
        ("src/main/resources/script/\(name).groovy", [1]),
      ]).bytes()
    }
    let package = try ZipFixture(files: [
      ("1_content", try bundle("One")), ("2_content", try bundle("Two")), ("resources.cnt", [1]),
    ]).bytes()
    let bundles = try FlowArchive.bundles(in: package, file: "p.zip")
    #expect(try bundles.map { try LoadedFlow($0.flowFiles).flow.name } == ["One", "Two"])
    #expect(
      bundles.map { $0.files.map(\.path).filter { $0.hasSuffix(".groovy") } } == [
        ["src/main/resources/script/One.groovy"], ["src/main/resources/script/Two.groovy"],
      ])
  }

  @Test(arguments: ["d/A.iflw", "d/X"]) func `what was stored reads as the same flow`(path: String) throws {
    let tree = MemoryFiles([
      "d/A.iflw": flow, "d/A.tenant.prop": Array("channel.Mail.server=there".utf8),
      "d/X/META-INF/MANIFEST.MF": Array("Bundle-SymbolicName: X\n".utf8), "d/X/\(inner)/A.iflw": flow,
      "d/X.tenant.prop": Array("channel.Mail.server=there".utf8),
    ])
    let bundle = try FlowBundle(at: path, in: tree)
    let first = try LoadedFlow(bundle.flowFiles)
    let stored = try FlowBundle(stored: bundle.files, root: "deployed:A!")
    let second = try LoadedFlow(stored.flowFiles)
    #expect(second.flow.name == first.flow.name)
    #expect(second.flow.channels.first?.properties["server"] == "there")
    #expect(second.files.flow.path.hasPrefix("deployed:A!/"))
    #expect(stored.files == bundle.files)
  }
}

struct FlowDiagramTests {
  @Test func `shapes and arrows are read with their coordinates`() throws {
    let diagram = try read(
      """
      <i:BPMNShape bpmnElement="A"><c:Bounds x="1.5" y="-2" width="36" height="51.0"/>
      <i:BPMNLabel><c:Bounds x="9" y="9" width="9" height="9"/></i:BPMNLabel></i:BPMNShape>
      <i:BPMNShape bpmnElement="A"><c:Bounds x="7" y="7" width="7" height="7"/></i:BPMNShape>
      <i:BPMNEdge bpmnElement="F"><d:waypoint x="1" y="2"/><d:waypoint x="3" y="4"/></i:BPMNEdge>
      """)
    #expect(diagram.shapes == ["A": .init(x: 1.5, y: -2, width: 36, height: 51)])
    #expect(diagram.arrows == ["F": [.init(x: 1, y: 2), .init(x: 3, y: 4)]])
  }

  @Test(arguments: ["nan", "inf", "1e9", "", "one", "-200000"])
  func `a number that no drawing has leaves its shape out`(number: String) throws {
    let diagram = try read(
      """
      <i:BPMNShape bpmnElement="A"><c:Bounds x="\(number)" y="2" width="36" height="51"/></i:BPMNShape>
      <i:BPMNShape bpmnElement="B"><c:Bounds x="1" y="2" width="-1" height="51"/></i:BPMNShape>
      <i:BPMNShape><c:Bounds x="1" y="2" width="1" height="1"/></i:BPMNShape><i:BPMNShape bpmnElement="C"/>
      <i:BPMNEdge bpmnElement="F"><d:waypoint x="1" y="2"/><d:waypoint x="\(number)" y="4"/></i:BPMNEdge>
      """)
    #expect(diagram.isEmpty)
    #expect(diagram.arrows.isEmpty)
  }

  private func read(_ plane: String) throws -> FlowDiagram {
    let text = """
      <b:definitions xmlns:b="b" xmlns:i="i" xmlns:c="c" xmlns:d="d"><b:process/>
      <i:BPMNDiagram><i:BPMNPlane>\(plane)</i:BPMNPlane></i:BPMNDiagram></b:definitions>
      """
    return try FlowDiagram(Array(text.utf8), file: "a.iflw")
  }
}
