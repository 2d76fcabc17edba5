import FlowModel
import TenantBase
import TestSupport
import Testing
import XMLTree

@testable import TenantCommands

struct FlowPictureTests {
  @Test func `text of a flow cannot become markup`() throws {
    let flow = try sample(name: "<script>alert(1)</script> & \u{7}\"'")
    let text = FlowPicture.svg(of: flow, diagram: FlowLayout(flow).diagram)
    #expect(!text.contains("<script"))
    let root = try XMLTreeParser().parse(Array(text.utf8), file: "picture.svg")
    #expect(root.localName == "svg")
    #expect(root.allText.contains("<script>alert(1)</script>"))
  }

  @Test func `a flow without a drawing gets every step placed, none upon another`() throws {
    let flow = try sample(name: "Step")
    let shapes = FlowLayout(flow).diagram.shapes
    #expect(flow.allElements.allSatisfy { shapes[$0.id] != nil })
    // A subprocess holds its steps.
    let steps = flow.allElements.filter { $0.type != .exceptionSubprocess }.compactMap { shapes[$0.id] }
    for (index, first) in steps.enumerated() {
      for second in steps[(index + 1)...] {
        let isApart =
          first.x + first.width <= second.x || second.x + second.width <= first.x || first.y + first.height <= second.y
          || second.y + second.height <= first.y
        #expect(isApart)
      }
    }
  }

  @Test func `steps in a circle are placed all the same`() throws {
    let flow = try read(
      node("callActivity", "A") + node("callActivity", "B") + arrow("1", "A", "B") + arrow("2", "B", "A"))
    #expect(FlowLayout(flow).diagram.shapes["A"] != nil)
    #expect(FlowLayout(flow).diagram.shapes["B"] != nil)
  }

  @Test(arguments: [
    (1.0, "1"), (-0.04, "0"), (12.34, "12.3"), (-7.25, "-7.3"), (.infinity, "0"), (.nan, "0"), (1e30, "0"),
  ])
  func `numbers are short and finite`(number: Double, text: String) {
    #expect(SVGWriter.number(number) == text)
  }

  @Test func `names are broken where they can be, and cut where there is no room`() {
    #expect(SVGText.wrapped("Get NodeID", width: 1_000, size: 11, most: 3) == ["Get NodeID"])
    #expect(SVGText.wrapped("CreateDocument", width: 60, size: 11, most: 3) == ["Create", "Document"])
    let lines = SVGText.wrapped(String(repeating: "x", count: 500), width: 50, size: 11, most: 2)
    #expect(lines.count == 2)
    #expect(lines.last?.last == "…")
    #expect(SVGText.wrapped("", width: 50, size: 11, most: 2).isEmpty)
  }

  @Test(.enabled(if: Corpus.isPresent)) func `every published flow becomes a picture that is well-formed`() throws {
    for path in Corpus.files(below: "iflw", suffix: ".iflw") {
      let loaded = try LoadedFlow(at: Corpus.folder + "/" + path)
      let text = try FlowPicture.svg(of: loaded)
      _ = try XMLTreeParser().parse(Array(text.utf8), file: path)
      let drawn = try FlowDiagram(loaded.files.flow.bytes, file: path)
      #expect(loaded.flow.allElements.allSatisfy { drawn.shapes[$0.id] != nil }, "\(path)")
    }
  }
}

struct FlowTreeTextTests {
  @Test func `branches are indented, and what they lead to together stands once`() throws {
    let flow = try read(
      node("startEvent", "S") + "<b:exclusiveGateway id=\"G\" name=\"Which\" default=\"f3\"/>"
        + node("callActivity", "A") + node("callActivity", "B") + node("endEvent", "E")
        + arrow("f1", "S", "G") + arrow("f2", "G", "A", condition: "${header.x} = '1'") + arrow("f3", "G", "B")
        + arrow("f4", "A", "E") + arrow("f5", "B", "E"))
    let process = try #require(flow.processes.first)
    #expect(
      FlowTreeText(flow: flow).text(of: process) == """
        Process 'P'
          Start 'S'
          Router 'Which'
            route, when ${header.x} = '1':
              callActivity 'A'
              -> End 'E'
            route, otherwise:
              callActivity 'B'
              -> End 'E'
          End 'E'

        """)
  }

  @Test func `a circle ends, and what nothing reaches is named`() throws {
    let flow = try read(
      node("startEvent", "S") + node("callActivity", "A") + node("callActivity", "X") + arrow("1", "S", "A")
        + arrow("2", "A", "A"))
    let text = FlowTreeText(flow: flow).text(of: try #require(flow.processes.first))
    #expect(text.hasSuffix("  not reached:\n    callActivity 'X'\n"))
  }

  @Test func `gateways within gateways without end are cut off`() throws {
    var body = node("startEvent", "S") + arrow("s", "S", "G0")
    for number in 0..<300 {
      body += "<b:exclusiveGateway id=\"G\(number)\" name=\"G\(number)\"/>" + node("endEvent", "E\(number)")
      body += arrow("a\(number)", "G\(number)", "G\(number + 1)") + arrow("b\(number)", "G\(number)", "E\(number)")
    }
    let flow = try read(body)
    let text = FlowTreeText(flow: flow).text(of: try #require(flow.processes.first))
    #expect(text.contains("...\n"))
  }
}

private func sample(name: String) throws -> IntegrationFlow {
  let escaped = name.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    .replacing("\u{7}", with: "")
  let inner =
    "<b:subProcess id=\"X\" name=\"\(escaped)\"><b:startEvent id=\"XS\"><b:errorEventDefinition/></b:startEvent>"
    + node("endEvent", "XE") + arrow("x1", "XS", "XE") + "</b:subProcess>"
  return try read(
    node("startEvent", "S") + "<b:callActivity id=\"A\" name=\"\(escaped)\"/>" + node("endEvent", "E") + inner
      + arrow("1", "S", "A") + arrow("2", "A", "E"))
}

private func node(_ element: String, _ id: String) -> String { "<b:\(element) id=\"\(id)\" name=\"\(id)\"/>\n" }

private func arrow(_ id: String, _ source: String, _ target: String, condition: String? = nil) -> String {
  let text = condition.map { "<b:conditionExpression>\($0)</b:conditionExpression>" } ?? ""
  return "<b:sequenceFlow id=\"\(id)\" sourceRef=\"\(source)\" targetRef=\"\(target)\">\(text)</b:sequenceFlow>\n"
}

private func read(_ process: String) throws -> IntegrationFlow {
  let text = """
    <b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd">
    <b:collaboration id="C"><b:participant id="PP" processRef="P" ifl:type="IntegrationProcess" name="P"/></b:collaboration>
    <b:process id="P" name="P">\(process)</b:process></b:definitions>
    """
  return try IntegrationFlowReader().read(Array(text.utf8), file: "sample.iflw")
}
