import Expressions
import TenantBase
import Testing

@Test(
  "text with expressions becomes text",
  arguments: [
    ("", ""),
    ("no expression, $ and { and }", "no expression, $ and { and }"),
    ("${body}", "Grüße, {x}"),
    ("${in.body}!", "Grüße, {x}!"),
    ("a${header.Subject}b${header.subject}c", "aOrder 4711bOrder 4711c"),
    ("${in.header.SUBJECT}", "Order 4711"),
    (
      "${headers.Subject}${in.headers.Subject}${header[Subject]}${header['Subject']}${header:Subject}",
      String(repeating: "Order 4711", count: 5)
    ),
    ("$simple{header.Subject}", "Order 4711"),
    ("[${header.missing}]", "[]"),
    ("[${property.kind}|${property.Kind}|${property.KIND}]", "[csv|other|]"),
    ("${exchangeProperty.kind}${exchangeProperty[kind]}", "csvcsv"),
    ("${property.a.b.c}", "dots"),
    ("${property.a.b.d}", ""),
    ("${exception.message}: ${exception.stacktrace}", "it broke: it broke\n at step 2"),
    ("${camelId} ${exchangeId} ${id}", "OrderMail exchange-1 message-1"),
    ("${null}", ""),
    ("${headers}", "{a=1, b=2}"),
    (
      "${file:name} ${file:onlyname} ${file:name.noext} ${file:onlyname.noext} ${file:ext}",
      "out/a.tar.gz a.tar.gz out/a a tar.gz"
    ),
    ("${bodyAs(String)}", "Grüße, {x}"),
    ("${mandatoryBodyAs(java.lang.String)}", "Grüße, {x}"),
    ("${headerAs(count, Integer)}", "5"),
    ("${headerAs('days', Long)}", "89"),
    ("${body.length}", "10"),
    ("${in.body.length}", "10"),
    ("${body.length()}", "10"),
    ("${bodyAs(String).length()}", "10"),
    ("${header.long.substring(3)}", "3456789"),
    ("${header.long.substring(3,5)}", "34"),
    ("${header.long.substring(0, 4).concat('!')}", "0123!"),
    ("${property.status.toLowerCase()}", "active"),
    ("${property.status?.toUpperCase()}", "ACTIVE"),
    ("${header.missing.toUpperCase()}", ""),
    ("${header.test-mode.replaceAll(\"\\\\s+\",\"_\").toUpperCase()}", "FULL_LOAD"),
    ("${header.Subject.replaceAll('([A-Z])(\\d*)','<$1>')}", "<O>rder 4711"),
    ("${header.Subject.replace('4711', ${header.days})}", "Order 89"),
    ("${header.Subject.contains('47')}", "true"),
    ("${header.Subject.indexOf('4')} ${header.Subject.indexOf('z')} ${header.Subject.lastIndexOf('1')}", "6 -1 9"),
    ("${header.Subject.startsWith('Order')} ${header.Subject.endsWith('12')}", "true false"),
    ("${header.Subject.split(' ')[1]}", "4711"),
    ("${header.Subject.split(' ').size()}", "2"),
    ("${header.Subject.charAt(0)}", "O"),
    ("${property.list}", "[x, y]"),
    ("${property.list.get(1)}", "y"),
    ("${property.amount}", "9.5"),
    ("${header.${header.name}}", "Order 4711"),
    ("${header.${property.key}}", "89"),
    ("a\\nb\\tc\\}d\\x", "a\nb\tc}d\\x"),
    ("\r\n", "\r\n"),
    ("${header. Subject}", ""),
    ("${ body }", "Grüße, {x}"),
    ("${date:now}", "Sat Jan 03 13:05:09 UTC 2026"),
    ("${date:now:yyyyMMdd}", "20260103"),
    ("${date:now-2h:HH:mm}", "11:05"),
    ("${date:now+1h30m:HH:mm}", "14:35"),
    ("${date:now-1d+10s:dd ss}", "02 19"),
    ("${date:exchangeCreated:ss}", "00"),
    ("${date:header.created:yyyy}", "1970"),
    ("${date-with-timezone:now:GMT+5:30:HH}", "30:18"),
    ("${date-with-timezone:now:UTC:HH:mm z}", "13:05 UTC"),
  ])
func evaluates(_ source: String, _ expected: String) throws {
  let template = try ExpressionTemplate(source)
  #expect(try template.evaluate(in: FixedContext()) == expected)
  #expect(template.source == source)
}

@Test(
  "what cannot be read says where",
  arguments: [
    ("${", 0), ("ab${body", 2), ("${}", 2), ("x ${nonsense}", 4), ("${header.}", 9), ("${property.X == 'Y'}", 13),
    ("${date:tomorrow}", 7), ("${date:now:yyyy-MM-dd'T}", 21), ("${date:now:bb}", 11), ("${header.a.substring(1}", 21),
    ("${header.a.substring(1,,2)}", 23), ("${headerAs(x)}", 2), ("${bodyAs(Elephant)}", 2), ("ü${", 1),
    ("${date-with-timezone:now}", 21), ("${header.a.replace('x', ${)}", 0),
  ])
func reportsPlace(_ source: String, _ offset: Int) {
  do throws(ExpressionError) {
    _ = try ExpressionTemplate(source)
    Issue.record("accepted")
  } catch {
    #expect(error.kind == .malformed)
    #expect(error.expression == source)
    #expect(error.offset == offset)
  }
}

@Test(
  "what parses and cannot be evaluated is known beforehand and fails with its kind",
  arguments: [
    ("${sysenv.PATH}", ExpressionError.Kind.refused), ("${sys.user.home}", .refused), ("${sysenv:HOME}", .refused),
    ("${routeId}", .unsupported), ("${bean:x}", .unsupported), ("${random(1,5)}", .unsupported),
    ("${exception.cause}", .unsupported), ("${header.Subject.getBytes()}", .unsupported),
    ("${file:size}", .unsupported),
  ])
func knowsProblems(_ source: String, _ kind: ExpressionError.Kind) throws {
  let template = try ExpressionTemplate("x" + source)
  #expect(template.problems.map(\.kind) == [kind])
  do throws(ExpressionError) {
    _ = try template.evaluate(in: FixedContext())
    Issue.record("evaluated")
  } catch {
    #expect(error.kind == kind)
    #expect(error.expression == "x" + source)
  }
}

@Test(
  "values that do not fit fail the evaluation",
  arguments: [
    "${header.long.substring(11)}", "${header.long.substring(5,3)}", "${header.long.substring(-1)}",
    "${header.Subject.charAt(99)}", "${property.list.get(2)}", "${headerAs(Subject,Integer)}", "${date:header.Subject}",
    "${date-with-timezone:now:Mars/Olympus:HH}", "${header.long.substring(a)}", "${header.Subject.replaceAll('(','x')}",
    "${xpath./a/b}",
  ])
func failsEvaluation(_ source: String) throws {
  let template = try ExpressionTemplate(source)
  #expect(throws: ExpressionError.self) { try template.evaluate(in: FixedContext()) }
}

@Test func `a mandatory body must be there`() throws {
  var context = FixedContext()
  context.bodyValue = .null
  #expect(try ExpressionTemplate("[${body}]").evaluate(in: context) == "[]")
  #expect(throws: ExpressionError.self) {
    try ExpressionTemplate("${mandatoryBodyAs(String)}").evaluate(in: context)
  }
}

@Test func `one expression alone keeps its type`() throws {
  let context = FixedContext()
  #expect(try ExpressionTemplate("${header.count}").evaluateValue(in: context) == .integer(5))
  #expect(try ExpressionTemplate(" ${header.count}").evaluateValue(in: context) == .text(" 5"))
  #expect(try ExpressionTemplate("${header.missing}").evaluateValue(in: context) == .null)
  #expect(try ExpressionTemplate("plain").constant == "plain")
  #expect(try ExpressionTemplate("${body}").constant == nil)
}

@Test func `what a header brings is never evaluated`() throws {
  var context = FixedContext()
  context.values["Subject"] = .text("${sysenv.PATH} ${body}")
  #expect(try ExpressionTemplate("${header.Subject}").evaluate(in: context) == "${sysenv.PATH} ${body}")
  context.values["name"] = .text("x}${body")
  #expect(throws: ExpressionError.self) { try ExpressionTemplate("${${header.name}}").evaluate(in: context) }
}

@Test func `cut and mutated expressions never crash`() {
  let sources = [
    "a${header.Subject.substring(0, 4).concat('!')}\\n${date-with-timezone:now-2h:Europe/Berlin:yyyy'T'HH}",
    "${header.${property.key}} ${headerAs('x',Long)} ${property.list[3]} ${in.body?.length()}",
  ]
  let tokens = ["${", "}", "'", "(", ")", ".", ",", "[", "]", "?", "\\", "\u{0}", "\u{1F600}", "date:", "-9999999999h"]
  let context = FixedContext()
  for source in sources {
    let scalars = Array(source.unicodeScalars)
    for cut in 0...scalars.count {
      for token in [""] + tokens {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[..<cut])
        view.append(contentsOf: token.unicodeScalars)
        if !token.isEmpty { view.append(contentsOf: scalars[cut...]) }
        _ = try? ExpressionTemplate(String(view)).evaluate(in: context)
      }
    }
  }
  #expect(throws: ExpressionError.self) {
    try ExpressionTemplate(String(repeating: "${header.", count: 5000) + String(repeating: "}", count: 5000))
  }
}
