import Testing

/// A tenant home made by the commands themselves: initialised, with a deployed credential and the servers' authority
/// imported, and flows that are variations of the samples.
struct MailHome {
  let home: TenantHome
  let servers: MailServers

  /// - Parameters:
  ///   - credential: the Credential Name to deploy; nil for none.
  ///   - user: whose password is deployed with it.
  ///   - trusts: whether the authority is imported.
  init(
    credential: String? = "Gmail Credentials", user: MailServers.User = .orders, trusts: Bool = true
  ) async throws {
    home = try TenantHome()
    servers = try MailServers.shared
    try await expectSuccess(["init"])
    if let credential { try await deploy(credential, user: user) }
    if trusts {
      try await expectSuccess(["import-certificate", servers.caFile, "--alias", "mail-ca", "--yes"])
    }
  }

  func deploy(_ credential: String, user: MailServers.User, passwordFile: String? = nil) async throws {
    let (name, file) = user.login(at: servers)
    let made = try await expectSuccess(["new-artifact", "UserCredentials", credential, "--user", name])
    let artifact = try home.write(made.outputText, to: "\(home.folder)/\(credential).xml")
    try await expectSuccess(["deploy-artifact", artifact, "--password-file", passwordFile ?? file])
  }

  @discardableResult
  func expectSuccess(_ arguments: [String]) async throws -> ProgramResult {
    let result = try await home.run(arguments)
    try #require(result.exitCode == 0, "tenant \(arguments.joined(separator: " ")): \(result.errorText)")
    return result
  }

  /// Writes a variation of the sample flow `SendingAnEmail` into the home and returns its file.
  func flow(_ changes: [FlowChange], named name: String = "Variation") throws -> String {
    var text = try TestFiles.text(TestFiles.packageRoot + "/iflows/SendingAnEmail.iflw")
    for change in changes { text = try change.applied(to: text) }
    return try home.write(text, to: "\(name).iflw")
  }

  /// The options that send the sample's connection to a port of the test servers.
  func connecting(to port: UInt16, from address: String = "smtp.gmail.com:587") -> [String] {
    ["--connect-to", "\(address)=\(servers.host):\(port)"]
  }

  func runFlow(_ file: String, _ options: [String] = [], input: [UInt8] = []) async throws -> ProgramResult {
    try await home.run(["run-iflow", file] + options, input: input)
  }
}

/// A property of the sample's mail channel with another value.
struct FlowChange {
  let key: String
  let value: String

  init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }

  /// Replaces the value of the last property with that key: the mail channel's.
  func applied(to text: String) throws -> String {
    let opening = "<key>\(key)</key>"
    let parts = text.split(separator: opening, maxSplits: 1, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "the sample has no property \(key)")
    let rest = parts[1]
    let end = try #require(rest.firstRange(of: "</ifl:property>"))
    return "\(parts[0])\(opening)<value>\(value)</value>\(rest[end.lowerBound...])"
  }
}

extension MailServers {
  enum User {
    case orders, alice, utf8, long, special

    func login(at servers: MailServers) -> (name: String, passwordFile: String) {
      switch self {
      case .orders: (servers.ordersUser, servers.ordersPasswordFile)
      case .alice: (servers.aliceUser, servers.alicePasswordFile)
      case .utf8: (servers.utf8User, servers.utf8PasswordFile)
      case .long: (servers.longUser, servers.longPasswordFile)
      case .special: (servers.specialUser, servers.specialPasswordFile)
      }
    }
  }
}

extension TestFiles {
  static func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }
}

extension ProgramResult {
  /// The Message-ID that the report names, with its brackets.
  var messageID: String {
    get throws {
      let line = try #require(outputText.split(separator: "\n").first { $0.contains("Message-ID <") })
      return String(line.drop { $0 != "<" })
    }
  }
}

extension MailServers {
  enum SMTPPort {
    case submission, implicitTLS, expired, wrongName, selfSigned, loginOnly, plainOnly, cramOnly
  }

  func number(of port: SMTPPort) -> UInt16 {
    switch port {
    case .submission: smtpSubmission
    case .implicitTLS: smtpImplicitTLS
    case .expired: smtpExpired
    case .wrongName: smtpWrongName
    case .selfSigned: smtpSelfSigned
    case .loginOnly: smtpLoginOnly
    case .plainOnly: smtpPlainOnly
    case .cramOnly: smtpCRAMOnly
    }
  }
}
