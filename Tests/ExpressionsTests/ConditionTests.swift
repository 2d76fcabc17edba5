import Expressions
import TenantBase
import Testing

@Test(
  "conditions hold or do not",
  arguments: [
    ("${property.kind} = 'csv'", true),
    ("${property.kind} == 'csv'", true),
    ("${property.kind}='CSV'", false),
    ("${property.kind} =~ 'CSV'", true),
    ("${property.kind} != 'csv'", false),
    ("${property.kind} = \"csv\"", true),
    ("'csv' = ${property.kind}", true),
    ("${header.missing} = ''", false),
    ("${header.missing} != ''", true),
    ("${header.missing} = null", true),
    ("${header.missing} = ${null}", true),
    ("${header.Subject} != null", true),
    ("${header.empty} = ''", true),
    ("${header.empty} != null", true),
    ("${header.count} = '5'", true),
    ("${header.count} = '05'", true),
    ("${header.days} = '089'", false),
    ("${header.days} < '90'", true),
    ("${header.days} > '9'", true),
    ("${header.days} >= 89", true),
    ("${header.days} <= 88.5", false),
    ("${property.amount} > '9.25'", true),
    ("${header.Subject} > 'Order 1'", true),
    ("${header.missing} < '1'", true),
    ("${header.flag} = 'true'", true),
    ("${header.flag} = true", true),
    ("${header.Subject} contains '47'", true),
    ("${header.Subject} not contains '47'", false),
    ("${header.missing} not contains 'x'", true),
    ("${property.list} contains 'y'", true),
    ("${property.kind} in 'xml,csv'", true),
    ("${property.kind} in 'xml, csv'", true),
    ("${property.kind} not in 'xml,txt'", true),
    ("${header.count} in '4,5'", true),
    ("${header.Subject} regex 'Order \\d+'", true),
    ("${header.Subject} regex '\\d+'", false),
    ("${header.Subject} not regex '\\d+'", true),
    ("${header.missing} regex '.*'", false),
    ("'a\\nb' = '${header.escaped}'", true),
    ("${property.status.toLowerCase()} = 'active' and ${property.kind} = 'csv'", true),
    ("${property.kind} = 'x' or ${property.kind} = 'csv'", true),
    ("${property.kind} = 'x' && ${property.kind} = 'csv' || true = true", true),
    // From left to right: (true or false) and false.
    ("${property.kind} = 'csv' or ${property.kind} = 'x' and ${property.kind} = 'y'", false),
    ("${property.kind} = 'csv' or (${property.kind} = 'x' and ${property.kind} = 'y')", true),
    ("(${property.kind} = 'csv') AND (${header.count} > 4)", true),
    ("${property.kind} = '${property.kind}'", true),
    ("${header.flag}", true),
    ("${header.missing}", false),
    ("${property.kind}", true),
    ("'false'", false),
    ("  ${header.count}  >  4  ", true),
  ])
func holds(_ source: String, _ expected: Bool) throws {
  #expect(try Condition(source).evaluate(in: FixedContext()) == expected)
}

@Test(
  "a bad condition says where",
  arguments: [
    ("", 0), ("${property.X == 'Y'}", 13), ("${property.x} =", 15), ("${property.x} = 'a", 16),
    ("${property.x} = abc", 16),
    ("(${property.x} = 'a'", 20), ("${property.x} = 'a')", 19), ("${property.x = 'a'", 0),
    ("${property.x} regex '['", 14),
    ("${property.x} = 'a' and", 23), ("${property.x} like 'a'", 14), ("${property.x} = 'a' ${property.y} = 'b'", 20),
  ])
func saysWhere(_ source: String, _ offset: Int) {
  do throws(ExpressionError) {
    _ = try Condition(source)
    Issue.record("accepted")
  } catch {
    #expect(error.offset == offset)
    #expect(error.expression == source)
    #expect(error.explanation.summary.contains("cannot be read"))
  }
}

@Test func `a condition cut anywhere is read or refused`() {
  let source = "(${property.kind} not in 'a,b' or ${header.x.substring(1)} >= 5) and '${body}' regex \"a\" != null"
  for length in 0...source.count { _ = try? Condition(String(source.prefix(length))).evaluate(in: FixedContext()) }
  #expect(throws: ExpressionError.self) { try Condition(String(repeating: "(", count: 10_000)) }
}

@Test func `problems of both sides are found`() throws {
  let condition = try Condition("${sysenv.X} = 'a' and (${routeId} = '${sys.y}')")
  #expect(condition.problems.map(\.kind) == [.refused, .unsupported, .refused])
}
