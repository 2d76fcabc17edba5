import FlowEngine
import FlowModel
import IMAP
import MIME
import SASL
import System
import TenantBase
import Transport
import Wire

/// A mail sender channel (IMAP): opens the channel's folder and makes messages of its mails.
struct MailSender: SenderAdapter {
  let settings: MailSenderSettings
  /// `sender channel 'Mail'`.
  let title: String
  let place: String
  let flowName: String
  let channelID: String
  let admission: MailHeaderAdmission
  let environment: MailEnvironment

  var description: SenderDescription {
    SenderDescription(
      channelName: settings.channelName, adapterType: "Mail", endpoint: settings.connection.server.description,
      folder: settings.folder, credentialName: settings.connection.login.credentialName, policy: settings.policy,
      messagesPerPoll: settings.messagesPerPoll, lockTimeout: settings.lockTimeout)
  }

  func source() throws -> (folder: SourceFolder, mailbox: LockedMailbox) {
    let credential = try credential()
    let server = settings.connection.server.description
    // Whose mailbox it is: another's, where one acts for another.
    let user = settings.connection.login.authorizationID ?? credential.user
    return (
      SourceFolder(flowName: flowName, channelID: channelID, account: "\(user)@\(server)", folder: folderName.text),
      LockedMailbox(server: server, user: user, folder: folderName.text)
    )
  }

  private var folderName: MailboxName {
    let name = MailboxName(settings.folder)
    return name.isInbox ? .inbox : name
  }

  // MARK: connection

  func open(isReadOnly: Bool) async throws -> any SenderSession {
    let credential = try credential()
    let places = [place, title, "credential '\(PrintableText.escaping(credential.name))' (\(credential.origin))"]
    let mailbox = MailboxSession(loop: environment.pool.loop)
    let (request, name) = (request(as: credential), folderName)
    do {
      let folder = try await mailbox.loop.perform {
        do {
          try await mailbox.open(request)
          return try await mailbox.selectOrExplain(name, isReadOnly: isReadOnly)
        } catch {
          await mailbox.close()
          throw error
        }
      }
      return MailSenderSession(
        mailbox: mailbox, settings: settings, folder: folder, facts: facts(await mailbox.facts, folder),
        spoolFolder: environment.spoolFolder, title: title, places: places)
    } catch let error as UnopenedFolder {
      throw FlowFailure(.channelFailed, from: error, places: places)
    } catch let error as IMAPError {
      throw failure(from: error, credential, places: places)
    } catch let error as any ExplainedError {
      throw FlowFailure(.channelFailed, from: error, places: places)
    }
  }

  private func credential() throws -> MailCredential {
    let name = settings.connection.login.credentialName
    return try environment.credential(named: name, for: settings.connection.server.host)
  }

  private func request(as credential: MailCredential) -> MailboxConnectionRequest {
    MailboxConnectionRequest(settings.connection, as: credential, in: environment)
  }

  private func facts(_ connection: MailConnectionFacts, _ folder: SelectedFolder) -> SenderSessionFacts {
    var facts = SenderSessionFacts()
    facts.protection = connection.protection
    facts.login = connection.login
    facts.notes = environment.sourceNotes(for: settings.connection.server) + connection.notes
    facts.validity = folder.uidValidity.map { String($0) } ?? ""
    if !folder.keepsUIDs {
      // Numbers that end with the session name nothing: mails are known by their bytes then.
      facts.validity = "session-" + RandomIdentifier.hex(byteCount: 8)
      facts.notes.append("the server forgets the numbers of mails (UIDNOTSTICKY): they are known by their content")
    } else if folder.uidValidity.map({ $0 == 0 || $0 > UInt64(UInt32.max) }) ?? true {
      facts.notes.append(
        "the server gives the folder no proper UIDVALIDITY (\(folder.uidValidity ?? 0)): used as it is")
    }
    return facts
  }

  private func failure(from error: IMAPError, _ credential: MailCredential, places: [String]) -> FlowFailure {
    var explanation = error.explanation.within(places: places)
    if error.kind == .loginRefused, error.failureClass == .refused, let command = credential.replacement {
      explanation.hints.append("replace the stored password with: \(command)")
    }
    return FlowFailure(.channelFailed, class: error.failureClass, explanation)
  }

  // MARK: messages

  func message(of raw: MessageBody) throws -> RawSourceMessage { try SpooledMail.message(of: raw) }

  func exchange(of raw: RawSourceMessage, id: String) throws(FlowFailure) -> Exchange {
    let login = settings.connection.login
    let user = (try? environment.credentials.mailCredential(named: login.credentialName))?.user ?? ""
    return try MailExchangeBuilder(
      content: settings.content, admission: admission,
      origin: .init(host: settings.connection.server.host, user: user, folder: settings.folder),
      spoolFolder: environment.spoolFolder
    ).exchange(of: raw, id: id)
  }
}

extension MailboxConnectionRequest {
  init(_ connection: MailboxConnectionSettings, as credential: MailCredential, in environment: MailEnvironment) {
    let elsewhere = environment.redirections[connection.server]
    let security: ConnectionSecurity =
      switch connection.protection {
      case .off: .plaintext
      case .startTLSOptional, .startTLSMandatory: .startTLS
      case .implicitTLS: .implicitTLS
      }
    self.init(
      target: ConnectionTarget(
        host: connection.server.host, port: connection.server.port, security: security,
        tls: environment.policy(connection.tls),
        connectTo: elsewhere.map { ConnectionTarget.Endpoint(host: $0.host, port: $0.port) }),
      requirement: connection.requirement,
      login: MailLogin(
        style: connection.login.style, credential: credential, authorizationID: connection.login.authorizationID,
        allowsPlaintextPassword: connection.allowsPlaintextPassword, needsVerifiedTLS: elsewhere != nil),
      connectTimeout: connection.connectTimeout)
  }
}

/// Makes mail sender channels.
package struct MailSenderFactory: SenderAdapterFactory {
  package let type: AdapterType
  private let environment: MailEnvironment

  /// - Parameter transport: `IMAP`, or `IMAP4`, which some files write.
  package init(environment: MailEnvironment, transport: String = MailSenderProtocol.imap.rawValue) {
    type = AdapterType("Mail", .sender, transport: transport)
    self.environment = environment
  }

  package func makeSender(for channel: Channel, in flow: IntegrationFlow) throws(FlowFailure) -> any SenderAdapter {
    MailSender(
      settings: try MailSenderSettings(channel), title: channel.title, place: channel.place.description,
      flowName: flow.name, channelID: channel.id, admission: MailHeaderAdmission(allowed: flow.allowedHeaders),
      environment: environment)
  }
}
