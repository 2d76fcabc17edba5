import MIME
import SASL
import TenantBase
import Wire

/// One IMAP session over one stream. The machines decide; this does what they say.
///
/// Owned by one actor and used one call at a time. After an error with an unusable connection the stream is closed.
/// Messages are named by UID alone: sequence numbers change under way and are used for nothing.
package final class IMAPClient {
  let conversation: IMAPConversation
  let configuration: IMAPConfiguration
  var session = IMAPSessionState()
  private var isOpen = false
  private var identified = false
  /// The server refused IDLE or ended it by itself.
  var refusesIdle = false
  private var greeting = ""

  /// The mechanism of the login (`LOGIN` also for the command); nil without one.
  package private(set) var loginMechanism: SASLMechanismName?

  package init(stream: any ByteStream, configuration: IMAPConfiguration) {
    self.configuration = configuration
    conversation = IMAPConversation(
      stream: stream, limits: configuration.limits, keepsTranscript: configuration.keepsTranscript)
  }

  /// Whether commands can be given.
  package var isUsable: Bool { isOpen }
  /// What the server offers now: inside TLS where there is TLS, and after the login where there was one.
  package var capabilities: IMAPCapabilities { session.capabilities }
  package var security: StreamSecurity { conversation.stream.security }
  /// What the server wanted a person to read (ALERT), printable; nothing from before TLS.
  package var alerts: [String] { session.alerts }
  /// The open folder; nil without one.
  package var selectedFolder: SelectedFolder? { session.folder }
  /// The conversation so far, without secrets and content; nil when none is kept.
  package var transcript: Transcript? { conversation.transcript }

  var limits: IMAPLimits { configuration.limits }
  var peer: String { conversation.peer }

  /// Greeting, STARTTLS as configured, the login when there is an authenticator, and what the server wants besides.
  /// - Throws: `IMAPError`; the stream is closed then.
  package func open(authenticator: IMAPAuthenticator?, deadline: Deadline) async throws(IMAPError) {
    var opening = IMAPOpening(conversation: conversation, configuration: configuration, authenticator: authenticator)
    do {
      let (opened, mechanism) = try await opening.run(deadline: deadline)
      conversation.hidesContinuations = false
      session = IMAPSessionState(capabilities: opened.capabilities, alerts: opening.alerts)
      session.alertLimit = limits.alerts
      loginMechanism = mechanism
      greeting = opened.greeting
      conversation.dialect = IMAPDialect(opened.capabilities)
      isOpen = true
      if opened.isLoggedIn { try await introduce(deadline: deadline) }
    } catch {
      if error.connection == .usable { await sayGoodbye(deadline: deadline) }
      close()
      throw error
    }
  }

  /// Asks anew what the server offers.
  package func capability(deadline: Deadline) async throws(IMAPError) -> IMAPCapabilities {
    try await run(.capability, deadline: deadline)
    return session.capabilities
  }

  /// Asks whether there is news.
  /// - Returns: what changed in the open folder since the last command that told it.
  package func noop(deadline: Deadline) async throws(IMAPError) -> [FolderEvent] {
    try await run(.noop, deadline: deadline)
    return session.takeEvents()
  }

  /// LOGOUT, and the end of the connection. Never fails; expunges nothing.
  package func logout(deadline: Deadline) async {
    if isOpen { await sayGoodbye(deadline: deadline) }
    close()
  }

  /// Closes without a word.
  package func close() {
    isOpen = false
    session.folder = nil
    conversation.close()
  }
}

extension IMAPClient {
  /// Sends one command and waits for its end.
  ///
  /// - Parameter collect: gets each untagged response, after the session's state took it.
  /// - Returns: the server's OK.
  /// - Throws: `.commandRefused`, `.commandRejected` or `.folderMissing` with a usable connection for NO and BAD;
  ///   everything else ends the connection.
  @discardableResult
  func run(
    _ command: IMAPCommand, about folder: MailboxName? = nil, expecting expected: Int = 0, deadline: Deadline,
    collect: (IMAPResponse) throws(IMAPError) -> Void = { _ in }
  ) async throws(IMAPError) -> IMAPStatus {
    try checkOpen(command.name)
    try checkName(folder, command.name)
    do {
      let tag = try await conversation.send(command, expecting: expected, deadline: deadline)
      return try await finish(tag, command.name, about: folder, deadline: deadline, collect: collect)
    } catch {
      throw closing(error)
    }
  }

  /// Waits for the end of the one command that is under way.
  func finish(
    _ tag: String, _ command: String, about folder: MailboxName? = nil, deadline: Deadline,
    collect: (IMAPResponse) throws(IMAPError) -> Void = { _ in }
  ) async throws(IMAPError) -> IMAPStatus {
    var time = AnswerTime(limits.timeouts, deadline: deadline)
    while true {
      switch try await conversation.next(for: command, &time) {
      case .response(let response):
        try take(response)
        try collect(response)
      case .completed(_, let status):
        session.receive(status)
        if status.condition == .ok { return status }
        throw refusal(status, command, folder)
      case .continuation:
        throw IMAPError(.unexpectedResponse, peer: peer, command: command, detail: "a continuation")
      case .contentBegan(_, _, let byteCount): time.extend(for: byteCount, rate: limits.timeouts.minimumRate)
      case .content, .contentEnded: break  // content that nobody asked for
      }
    }
  }

  /// Takes an untagged response into the session's state.
  /// - Throws: `.serverClosing` at BYE: some servers say it and then neither answer nor close.
  func take(_ response: IMAPResponse) throws(IMAPError) {
    session.receive(response)
    if case .status(let status) = response, status.condition == .bye {
      throw IMAPError(.serverClosing, peer: peer, answer: IMAPAnswer(status))
    }
  }

  func refusal(_ status: IMAPStatus, _ command: String, _ folder: MailboxName?) -> IMAPError {
    let answer = IMAPAnswer(status)
    let kind: IMAPError.Kind =
      if status.condition == .bad { .commandRejected } else if folder != nil, answer.namesMissingFolder {
        .folderMissing
      } else { .commandRefused }
    return IMAPError(
      kind, peer: peer, command: command, folder: folder?.text, answer: answer, connection: .usable)
  }

  /// Closes the stream when the error leaves the connection unusable.
  func closing(_ error: IMAPError) -> IMAPError {
    if error.connection == .unusable { close() }
    return error
  }

  func checkOpen(_ command: String) throws(IMAPError) {
    guard isOpen else { throw IMAPError(.notOpen, peer: peer, command: command) }
  }

  /// A folder's name is one line: modified UTF-7 would carry a line end to the server, and nothing good comes of it.
  func checkName(_ folder: MailboxName?, _ command: String) throws(IMAPError) {
    guard let folder, folder.text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      return
    }
    throw IMAPError(
      .invalidArgument, peer: peer, command: command, detail: "the folder's name has a control character",
      connection: .usable)
  }

  /// - Returns: the open folder.
  @discardableResult
  func checkFolder(_ command: String, writing: Bool = false) throws(IMAPError) -> SelectedFolder {
    try checkOpen(command)
    guard let folder = session.folder else {
      throw IMAPError(.notOpen, peer: peer, command: command, detail: "no folder is open", connection: .usable)
    }
    if writing, folder.access == .readOnly {
      throw IMAPError(.folderReadOnly, peer: peer, command: command, folder: folder.name.text, connection: .usable)
    }
    return folder
  }

  private func sayGoodbye(deadline: Deadline) async {
    let deadline = Deadline.after(limits.timeouts.logout).orEarlier(deadline)
    do throws(IMAPError) {
      let tag = try await conversation.send(.logout, deadline: deadline)
      var time = AnswerTime(limits.timeouts.logout, silence: limits.timeouts.logout, deadline: deadline)
      while true {
        if case .completed(tag, _) = try await conversation.next(for: "LOGOUT", &time) { return }
      }
    } catch {
      conversation.record(event: error.explanation.summary)
    }
  }
}

// MARK: what some servers want before anything else

extension IMAPClient {
  private func introduce(deadline: Deadline) async throws(IMAPError) {
    if configuration.enablesUTF8, capabilities.offersUTF8, capabilities.offersEnable {
      try await enableUTF8(deadline: deadline)
    }
    if wantsIdentification { try await identify(deadline: deadline) }
  }

  /// A server that announces it and refuses it is used without it.
  private func enableUTF8(deadline: Deadline) async throws(IMAPError) {
    var enabled: Set<String> = []
    do throws(IMAPError) {
      try await run(.enable(["UTF8=ACCEPT"]), deadline: deadline) { response throws(IMAPError) in
        if case .enabled(let names) = response { enabled.formUnion(names) }
      }
    } catch {
      guard error.connection == .usable else { throw error }
    }
    if enabled.contains("UTF8=ACCEPT") {
      conversation.dialect = IMAPDialect(capabilities, enabled: enabled)
      conversation.acceptUTF8()
    }
  }

  private static let askingHosts = ["163.com", "126.com", "yeah.net", "188.com", "netease.com"]

  /// 163.com and its sisters, whose software names itself in the greeting, open no folder for a program that has not
  /// said who it is.
  private var wantsIdentification: Bool {
    guard configuration.identification == .whereNeeded, capabilities.offersID else { return false }
    let host = peer.split(separator: ":").first.map { $0.lowercased() } ?? ""
    return greeting.contains("Coremail") || Self.askingHosts.contains { host == $0 || host.hasSuffix(".\($0)") }
  }

  /// Says who we are: the program's name and nothing of the machine or the user.
  private func identify(deadline: Deadline) async throws(IMAPError) {
    identified = true
    do throws(IMAPError) {
      try await run(
        .id([
          ServerIdentityField(name: "name", value: "tenant"), ServerIdentityField(name: "version", value: "1"),
          ServerIdentityField(name: "vendor", value: "tenant"),
        ]), deadline: deadline)
    } catch {
      guard error.connection == .usable else { throw error }
    }
  }

  /// Whether the refusal was for want of an identification that can still be given; gives it then.
  func identifiedNow(after error: IMAPError, deadline: Deadline) async throws(IMAPError) -> Bool {
    guard configuration.identification == .whereNeeded, !identified, capabilities.offersID,
      error.kind == .commandRefused, error.answer?.words.lowercased().contains("unsafe login") == true
    else { return false }
    try await identify(deadline: deadline)
    return true
  }
}
