import FlowModel
import TenantBase
import Testing

@Test func `the stronger source of a parameter wins and its origin is kept`() throws {
  let overlay = FlowOverlay(try properties("parameter.to=overlay@example.com\nparameter.from=o@example.com", file: "o"))
  let set = ParameterSet(
    file: try properties("to=file@example.com\nfrom=f@example.com\nserver=mail.example.com"), overlay: overlay,
    commandLine: ["to": "line@example.com"])
  #expect(set["to"] == ParameterValue("line@example.com", .commandLine))
  #expect(set["from"] == ParameterValue("o@example.com", .overlay(SourcePlace(file: "o", line: 2))))
  #expect(set["server"]?.origin.description == "parameters.prop:3")
  #expect(set["x"] == nil)
}

@Test(
  "parameters are filled in textually and once",
  arguments: [
    ("{{a}}", "1"), ("x{{a}}y{{a}}z", "x1y1z"), ("{{ a }}", " blank "), ("{{nested}}", "{{a}}"), ("{{a", "{{a"),
    ("a}}", "a}}"),
    ("{{}}", "{{}}"), ("{\"k\":{{a}}}", "{\"k\":1}"), ("{{\"k\":1}}", "{{\"k\":1}}"), ("{{From email.address}}", "me"),
    ("${property.{{name}}}", "${property.kind}"), ("{{{{a}}}}", "{{1}}"), ("", ""),
  ])
func fills(_ text: String, _ expected: String) throws {
  let set = ParameterSet(
    file: try properties("a=1\n\\ a\\ =\\ blank\\ \nnested={{a}}\nFrom\\ email.address=me\nname=kind"))
  let flow = try FlowFixture.mail([("subject", text)]).read(parameters: set)
  #expect(flow.channels.first?.properties["subject"] == expected)
  #expect(flow.channels.first?.properties.property("subject")?.source == text)
  #expect(flow.readingFindings.isEmpty)
}

@Test func `a parameter without value is one error at its first use`() throws {
  let flow = try FlowFixture.mail([("from", "{{who}}"), ("to", "{{who}},{{known}}")])
    .read(parameters: ParameterSet(file: try properties("known=x")))
  #expect(flow.channels.first?.properties["to"] == "{{who}},x")
  #expect(flow.readingFindings.map(\.code) == ["parameter-missing"])
  let finding = try #require(flow.readingFindings.first)
  #expect(finding.severity == .error)
  #expect(finding.subject.name == "who")
  #expect(finding.reason.contains("channel 'Mail', property 'from'"))
  #expect(finding.place.line != nil)
  #expect(flow.parameterUses.map(\.name) == ["who", "who", "known"])
  #expect(flow.parameterUses.map { $0.value == nil } == [true, true, false])
}

@Test func `a value in a table's cell is escaped when nobody did it`() throws {
  let rows = "<row><cell id='Name'>n</cell><cell id='Value'>{{v}}</cell></row>"
  func cell(_ set: ParameterSet) throws -> String? {
    try FlowFixture.mail([("attachments", rows)]).read(parameters: set).channels.first?.properties.table("attachments")?
      .rows.first?["Value"]
  }
  #expect(try cell(ParameterSet(file: properties("v=a &lt;b&gt; &amp;"))) == "a <b> &")
  #expect(try cell(ParameterSet(file: properties("v=<Host Name>"))) == "<Host Name>")
  #expect(try cell(ParameterSet(file: properties("v=a & b"))) == "a & b")
  #expect(try cell(ParameterSet(commandLine: ["v": "a <b> & &lt;"])) == "a <b> & &lt;")
}

@Test func `a schedule may be a parameter as a whole`() throws {
  let rows = FlowFixture.table([
    ["triggerType", "cron"], ["schedule1", "0+0+9+?+*+MON+*&trigger.timeZone=Europe/Berlin"],
  ])
  var fixture = FlowFixture.mail()
  fixture.processes = fixture.processes.map { text in
    guard let start = text.firstRange(of: "&lt;row"),
      let end = text.firstRange(of: "</value></ifl:property>\n</bpmn2:ext")
    else { return text }
    return text[..<start.lowerBound] + "{{When}}" + text[end.lowerBound...]
  }
  let flow = try fixture.read(parameters: ParameterSet(file: properties("When=" + rows)))
  guard case .start(.timer(.success(let schedule)))? = flow.processes.first?.scope.starts.first?.kind else {
    Issue.record("no schedule")
    return
  }
  #expect(schedule.timeZone == "Europe/Berlin")
}

@Test func `an overlay sets properties of channels by id and by name`() throws {
  let overlay = FlowOverlay(
    try properties(
      """
      channel.Mail.tenant.tls.trust=keystore
      channel.MessageFlow_1.server={{host}}
      channel.Mail.cc=
      parameter.host=mail.example.com:465
      """, file: "Sample.tenant.prop"))
  let flow = try FlowFixture.mail([("server", "old"), ("cc", "x@example.com")])
    .read(parameters: ParameterSet(overlay: overlay), overlay: overlay)
  let mail = try #require(flow.channels.first).properties
  #expect(mail["tenant.tls.trust"] == "keystore")
  #expect(mail["server"] == "mail.example.com:465")
  #expect(mail.place(of: "server").description == "Sample.tenant.prop:2")
  #expect(mail["cc"] == "")
  #expect(mail.text("cc", default: "none") == "none")
  #expect(flow.readingFindings.isEmpty)
}

@Test func `an overlay that names nothing, or two channels, is an error`() throws {
  var fixture = FlowFixture.mail()
  fixture.channel("MessageFlow_2", name: "Mail", from: "Modifier_1", to: "Participant_1", [("Name", "Mail")])
  let overlay = FlowOverlay(
    try properties("channel.Post.to=x\nchannel.Mail.to=x\nchanel.Mail.to=y\nparameter.p=1\nchannel.Mail=3", file: "o"))
  let flow = try fixture.read(parameters: ParameterSet(overlay: overlay, commandLine: ["q": "1"]), overlay: overlay)
  #expect(
    flow.readingFindings.map { "\($0.severity.rawValue) \($0.code) \($0.place.line ?? 0)" } == [
      "error overlay-channel-unknown 1", "error overlay-channel-ambiguous 2", "error overlay-channel-unknown 5",
      "error overlay-key-unknown 3", "warning overlay-parameter-unused 4", "warning parameter-unused 0",
    ])
  #expect(flow.channels.map { $0.properties["to"] } == [nil, nil])
}

@Test func `definitions give type and label`() throws {
  let xml = """
    <?xml version="1.0" encoding="UTF-8" standalone="no"?><parameters>
    <parameter><key>Mail Host</key><name>Mail Host</name><type>xsd:string</type><isRequired>true</isRequired>
    <constraint/><description>where</description><additionalMetadata/></parameter>
    <parameter><name>When</name><type>custom:schedule</type><isRequired>false</isRequired></parameter>
    <param_references><reference attribute_category="Channel" attribute_id="ctype::X/attrId::server"
     attribute_uilabel="Address" param_key="Mail Host"/><reference attribute_id="ctype::X/attrId::scheduleKey"
     attribute_uilabel="" param_key="When"/></param_references></parameters>
    """
  let definitions = try ParameterDefinitions(Array(xml.utf8), file: "parameters.propdef")
  #expect(definitions.definitions.map(\.name) == ["Mail Host", "When"])
  #expect(definitions["Mail Host"]?.label == "Address")
  #expect(definitions["Mail Host"]?.isRequired == true)
  #expect(definitions["When"]?.label == "scheduleKey")
  #expect(definitions["When"]?.type == "custom:schedule")
  #expect(throws: FlowModelError.self) { try ParameterDefinitions(Array("<a/>".utf8), file: "p") }
  #expect(throws: FlowModelError.self) { try ParameterDefinitions([], file: "p") }
}
