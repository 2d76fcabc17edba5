import Expressions
import FlowModel
import TenantBase
import TestSupport
import Testing

/// Every published flow of the corpus, read with the `parameters.prop` beside it.
private func readAll() throws -> [IntegrationFlow] {
  try Corpus.files(below: "iflw", suffix: ".iflw").map { path in
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let properties = try Corpus.bytes(folder + "/parameters.prop").map {
      try JavaProperties($0, file: folder + "/parameters.prop")
    }
    return try IntegrationFlowReader(parameters: ParameterSet(file: properties)).read(
      try #require(Corpus.bytes(path)), file: path)
  }
}

@Test(.enabled(if: Corpus.isPresent)) func `every published flow is read with all that it holds`() throws {
  let flows = try readAll()
  #expect(flows.count == 71)
  #expect(flows.map(\.processes.count).reduce(0, +) == 129)
  #expect(flows.flatMap(\.channels).count == 221)
  let channels = flows.flatMap(\.channels).map(\.type)
  #expect(channels.filter { $0 == AdapterType("Mail", .receiver, transport: "SMTP") }.count == 65)
  #expect(channels.filter { $0 == AdapterType("Mail", .sender, transport: "IMAP") }.count == 4)
  let types = flows.flatMap(\.allElements).map(\.type)
  func count(_ type: StepType) -> Int { types.filter { $0 == type }.count }
  #expect(count(.contentModifier) == 201)
  #expect(count(.groovyScript) == 115)
  #expect(count(.router) == 56)
  #expect(count(.exceptionSubprocess) == 31)
  #expect(count(.timerStart) == 26)
  #expect(count(.messageEnd) + count(.messageStart) == 168)
  #expect(count(.loopingProcessCall) == 7)
  #expect(count(.terminateEnd) == 3)
  #expect(count(.escalationEnd) == 2)
  #expect(types.filter { !$0.isKnown }.map(\.rawValue) == [])
  #expect(flows.flatMap(\.processes).flatMap { $0.scope.allScopes.flatMap(\.sequenceFlows) }.count == 932)
}

@Test(.enabled(if: Corpus.isPresent)) func `tables and schedules of published flows are read`() throws {
  for flow in try readAll() {
    for element in flow.allElements {
      _ = try element.properties.assignments(.header)
      _ = try element.properties.assignments(.property)
      if case .start(.timer(let schedule)) = element.kind {
        if case .failure(let error) = schedule { Issue.record("\(flow.name): \(error) \(error.place)") }
      }
    }
    for channel in flow.channels {
      _ = try channel.properties.table("attachments")
      if let property = channel.properties.property("scheduleKey") {
        _ = try Schedule(table: property.value, place: property.place)
      }
    }
  }
}

@Test(.enabled(if: Corpus.isPresent)) func `SAP's sample mail flow has its timer, end event and channel`() throws {
  let path =
    "iflw/SAP__apibusinesshub-integration-recipes/Document_Message_-_Sending_an_Email/"
    + "Document_Message_-_Sending_an_Email.iflw"
  let flow = try IntegrationFlowReader().read(try #require(Corpus.bytes(path)), file: path)
  #expect(flow.name == "Document_Message_-_Sending_an_Email")
  #expect(flow.readingFindings.isEmpty)
  let process = try #require(flow.processes.first)
  let start = try #require(process.scope.starts.first)
  guard case .start(.timer(.success(let schedule))) = start.kind else {
    Issue.record("no timer")
    return
  }
  #expect(schedule.trigger == .onDeployment)
  let arrow = try #require(process.scope.outgoing(of: start).first)
  let end = try #require(process.scope.element(arrow.targetID))
  #expect(end.type == .messageEnd)
  let channel = try #require(flow.channels(of: end).first)
  #expect(channel.type == AdapterType("Mail", .receiver, transport: "SMTP"))
  #expect(channel.properties["server"] == "smtp.gmail.com:587")
  #expect(channel.properties["user"] == "Gmail Credentials")
  #expect(channel.participantName == "Gmail")
  #expect(channel.properties["cc"] == "")
  #expect(channel.properties["unheard"] == nil)
  #expect(channel.properties.flag("keep_attachments") == false)
  #expect(channel.properties.integer("timeout") == 30000)
}
