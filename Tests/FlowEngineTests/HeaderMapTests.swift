import Expressions
import FlowEngine
import Testing

@Suite struct HeaderMapTests {
  @Test func `names are found without regard to case`() {
    var headers = HeaderMap()
    headers["Content-Type"] = .text("text/plain")
    #expect(headers["content-type"] == .text("text/plain"))
    #expect(headers["CONTENT-TYPE"]?.text == "text/plain")
    #expect(headers["Content"] == nil)
  }

  @Test func `a header set again keeps its place and its first spelling`() {
    var headers = HeaderMap()
    headers["First"] = .integer(1)
    headers["Second"] = .integer(2)
    headers["FIRST"] = .integer(3)
    #expect(headers.names == ["First", "Second"])
    #expect(headers["first"] == .integer(3))
  }

  @Test func `a removed header is gone, and those behind it are still found`() {
    var headers = HeaderMap()
    for name in ["A", "B", "C"] { headers[name] = .text(name) }
    headers["b"] = nil
    #expect(headers.names == ["A", "C"])
    #expect(headers["C"] == .text("C"))
    headers["B"] = .text("again")
    #expect(headers.names == ["A", "C", "B"])
    headers["never there"] = nil
    #expect(headers.names.count == 3)
    #expect(!headers.isEmpty)
  }

  @Test func `two maps are equal when names, values and order are`() {
    var left = HeaderMap()
    var right = HeaderMap()
    left["A"] = .text("1")
    left["B"] = .text("2")
    right["B"] = .text("2")
    right["A"] = .text("1")
    #expect(left != right)
    right["B"] = nil
    right["B"] = .text("2")
    #expect(left == right)
  }
}
