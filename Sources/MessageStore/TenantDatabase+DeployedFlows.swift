import FlowEngine
import FlowModel
import TenantBase

extension TenantDatabase: DeployedFlowStore {
  package func deployedFlows() throws(MessageStoreError) -> [DeployedFlow] {
    try connection.perform(.read, "read the deployed flows") { (session) throws(MessageStoreError) in
      var result: [DeployedFlow] = []
      for row in try session.rows(Self.select + " ORDER BY name") { result.append(try Self.flow(row, session)) }
      return result
    }
  }

  package func deployedFlow(named name: String) throws(MessageStoreError) -> DeployedFlow? {
    try connection.perform(.read, "read the flow '\(PrintableText.escaping(name))'") {
      (session) throws(MessageStoreError) in
      try Self.flow(named: name, session)
    }
  }

  package func files(ofFlow name: String) throws(MessageStoreError) -> [FlowBundle.File] {
    try connection.perform(.read, "read the flow '\(PrintableText.escaping(name))'") {
      (session) throws(MessageStoreError) in
      let rows = try session.rows(
        "SELECT path, content FROM deployed_flow_file WHERE flow = ?1 ORDER BY path", [.text(name)])
      var files: [FlowBundle.File] = []
      for row in rows {
        guard row.count == 2, let path = row[0].text, let bytes = row[1].bytes else {
          throw session.damaged("a flow's file")
        }
        files.append(FlowBundle.File(path: path, bytes: bytes))
      }
      return files
    }
  }

  @discardableResult
  package func deploy(
    _ flows: [NewFlowDeployment], by person: String, on moment: Timestamp
  ) throws(MessageStoreError) -> [DeployedFlow] {
    try connection.perform(.write, "deploy flows") { (session) throws(MessageStoreError) in
      var result: [DeployedFlow] = []
      for flow in flows {
        try store(flow, by: person, on: moment, session)
        guard let stored = try Self.flow(named: flow.name, session) else {
          throw session.damaged("a stored flow is gone")
        }
        result.append(stored)
      }
      return result
    }
  }

  package func undeploy(_ names: [String]) throws(MessageStoreError) {
    try connection.perform(.write, "undeploy flows") { (session) throws(MessageStoreError) in
      for name in names { try session.run("DELETE FROM deployed_flow WHERE name = ?1", [.text(name)]) }
    }
  }

  // MARK: Writing

  private func store(
    _ flow: NewFlowDeployment, by person: String, on moment: Timestamp, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) {
    let length = flow.files.reduce(0) { $0 + $1.bytes.count }
    guard flow.files.count <= limits.flowFiles, length <= limits.flowLength else {
      throw session.tooLarge("flow '\(flow.name)' has \(flow.files.count) files of \(length) bytes")
    }
    let before = try session.rows("SELECT generation, digest FROM deployed_flow WHERE name = ?1", [.text(flow.name)])
      .first
    var generation: Int64 = 1
    if let before, let last = before[0].integer {
      generation = before[1] == .blob(flow.digest) ? last : last &+ 1
      try session.run("DELETE FROM deployed_flow WHERE name = ?1", [.text(flow.name)])
    }
    try session.run(
      "INSERT INTO deployed_flow (name, version, generation, digest, status, deployed_by, deployed_on)"
        + " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      [
        .text(flow.name), .text(flow.version ?? String(generation)), .integer(generation), .blob(flow.digest),
        .text(flow.status.rawValue), .text(person), .integer(moment.milliseconds),
      ])
    for file in flow.files {
      try session.run(
        "INSERT INTO deployed_flow_file (flow, path, content) VALUES (?1, ?2, ?3)",
        [.text(flow.name), .text(file.path), .blob(file.bytes)])
    }
    for (position, finding) in flow.findings.prefix(limits.findings).enumerated() {
      try session.run(
        "INSERT INTO deployed_flow_finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        [.text(flow.name), .integer(Int64(position))] + Self.values(of: finding))
    }
  }

  private static func values(of finding: Finding) -> [SQLiteValue] {
    [
      .text(finding.severity.rawValue), .text(finding.code), .text(finding.place.file), .optional(finding.place.line),
      .text(finding.subject.kind.rawValue), .text(finding.subject.name), .text(finding.subject.id),
      .text(finding.subject.type), .text(finding.reason), .optional(finding.remedy),
    ]
  }

  // MARK: Reading

  private static let select = "SELECT name, version, digest, status, deployed_by, deployed_on FROM deployed_flow"

  private static func flow(
    named name: String, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> DeployedFlow? {
    guard let row = try session.rows(select + " WHERE name = ?1", [.text(name)]).first else { return nil }
    return try flow(row, session)
  }

  private static func flow(
    _ row: [SQLiteValue], _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> DeployedFlow {
    guard row.count == 6, let name = row[0].text, let version = row[1].text, let digest = row[2].bytes,
      let status = row[3].text.flatMap(DeployedFlow.Status.init(rawValue:)), let person = row[4].text,
      let moment = row[5].integer
    else { throw session.damaged("the row of a deployed flow") }
    return DeployedFlow(
      name: name, version: version, digest: digest, status: status, deployedBy: person,
      deployedOn: Timestamp(milliseconds: moment), findings: try findings(ofFlow: name, session))
  }

  private static func findings(
    ofFlow name: String, _ session: borrowing SQLiteSession
  ) throws(MessageStoreError) -> [Finding] {
    let rows = try session.rows(
      "SELECT severity, code, file, line, subject_kind, subject_name, subject_id, subject_type, reason, remedy"
        + " FROM deployed_flow_finding WHERE flow = ?1 ORDER BY position", [.text(name)])
    var result: [Finding] = []
    for row in rows {
      guard row.count == 10, let severity = row[0].text.flatMap(Finding.Severity.init(rawValue:)),
        let code = row[1].text,
        let file = row[2].text, let kind = row[4].text.flatMap(Finding.Subject.Kind.init(rawValue:)),
        let subject = row[5].text, let id = row[6].text, let type = row[7].text, let reason = row[8].text
      else { throw session.damaged("a finding of the flow '\(name)'") }
      result.append(
        Finding(
          severity, code, at: SourcePlace(file: file, line: row[3].integer.map { Int($0) }),
          Finding.Subject(kind, name: subject, id: id, type: type), reason, remedy: row[9].text))
    }
    return result
  }
}
