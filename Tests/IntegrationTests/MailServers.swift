// JSONDecoder and Data only; a JSON reader of our own for a test's fixture would be worth less than the import.
import FoundationEssentials
import Glibc

/// The private mail servers of this test run, as `scripts/mail-servers` describes them in `servers.json`; what each
/// port offers is written there. All are on 127.0.0.1 but those whose host is named here.
struct MailServers: Decodable, Sendable {
  let host: String
  let loginDisabledHost: String
  let imapsExpiredHost: String
  let imapsWrongNameHost: String
  let imapsSelfSignedHost: String

  let smtpSubmission: UInt16
  let smtpImplicitTLS: UInt16
  let smtpPlain: UInt16
  let smtpNoAuth: UInt16
  let smtpStartTLSNoAuth: UInt16
  let smtpExpired: UInt16
  let smtpWrongName: UInt16
  let smtpSelfSigned: UInt16
  let smtpPoor: UInt16
  let smtpHeloOnly: UInt16
  let smtpSmall: UInt16
  let smtpLoginOnly: UInt16
  let smtpPlainOnly: UInt16
  let smtpCRAMOnly: UInt16
  let smtpDigestOnly: UInt16
  let smtpSCRAMSHA1Only: UInt16
  let imap: UInt16
  let imaps: UInt16
  let pop3: UInt16
  let pop3s: UInt16
  let imapLoginDisabled: UInt16
  let pop3LoginDisabled: UInt16
  let imapsExpired: UInt16
  let imapsWrongName: UInt16
  let imapsSelfSigned: UInt16

  let exim: UInt16
  let eximImplicitTLS: UInt16
  let eximPlain: UInt16
  let eximLoginOnly: UInt16
  let openSMTPD: UInt16
  let submissionAll: UInt16
  let submissionAllTLS: UInt16
  let submissionLoginCRAM: UInt16
  let submissionLoginCRAMTLS: UInt16
  let submissionDigest: UInt16
  let submissionDigestTLS: UInt16
  let submissionSCRAMSHA1: UInt16
  let submissionSCRAMSHA1TLS: UInt16
  let imapAll: UInt16
  let imapAllTLS: UInt16
  let imapLoginCRAM: UInt16
  let imapLoginCRAMTLS: UInt16
  let imapDigest: UInt16
  let imapDigestTLS: UInt16
  let imapSCRAMSHA1: UInt16
  let imapSCRAMSHA1TLS: UInt16

  let cyrusIMAP: UInt16
  let cyrusIMAPS: UInt16
  let cyrusPlain: UInt16
  let cyrusLoginOnly: UInt16
  let cyrusCRAMOnly: UInt16
  let cyrusDigestOnly: UInt16
  let cyrusSCRAMSHA1Only: UInt16
  let courierIMAP: UInt16
  let courierIMAPS: UInt16
  let courierLoginOnly: UInt16

  /// The authority that signed the good certificate, PEM.
  let caFile: String
  /// The names of the good certificate, separated by spaces.
  let certificateNames: String
  let mailRoot: String
  /// Courier's mailboxes: a folder a user, each with a Maildir.
  let courierMailRoot: String
  let catchallMaildir: String
  let smtpLog: String
  let dovecotLog: String
  /// For `doveadm -c`.
  let dovecotConfiguration: String

  let ordersUser: String
  let ordersPasswordFile: String
  let ordersMaildir: String
  let aliceUser: String
  let alicePasswordFile: String
  let aliceMaildir: String
  /// A user whose password has characters outside ASCII.
  let utf8User: String
  let utf8PasswordFile: String
  /// A user whose password has 255 bytes.
  let longUser: String
  let longPasswordFile: String
  /// A user whose password has the characters that formats and protocols treat specially.
  let specialUser: String
  let specialPasswordFile: String

  /// The servers of this test process: those in TENANT_TEST_SERVERS, else started at the first use and stopped when the
  /// process ends. Throws, for every test that asks, what the start said when it failed.
  static var shared: MailServers {
    get throws { try started.get() }
  }

  /// Where mail to an address that is no user's arrives.
  var catchall: Maildir { Maildir(path: catchallMaildir) }
  var orders: Maildir { Maildir(path: ordersMaildir) }
  var alice: Maildir { Maildir(path: aliceMaildir) }

  private static let started = Result {
    let folder = try TestFiles.environment("TENANT_TEST_SERVERS") ?? start()
    let json = try TestFiles.read(folder + "/servers.json")
    return try JSONDecoder().decode(MailServers.self, from: Data(json))
  }

  /// Starts servers that end with this process; returns their folder.
  private static func start() throws -> String {
    let environment = [
      "PATH": TestFiles.environment("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin",
      "TMPDIR": TestFiles.environment("TMPDIR") ?? "/tmp",
    ]
    let result = try ChildProcess(
      path: "/bin/bash",
      arguments: [
        TestFiles.packageRoot + "/scripts/mail-servers", "up", "--with", "exim,opensmtpd,submission,cyrus,courier",
        "--until-exit-of", String(getpid()),
      ],
      environment: environment, timeLimit: .seconds(60)
    ).runBlocking()
    guard result.exitCode == 0, let folder = result.outputText.split(separator: "\n").first else {
      let said = result.errorText.split(separator: "\n").suffix(15).joined(separator: "\n")
      throw ProgramFailure(description: "the mail servers did not start:\n\(said)")
    }
    return String(folder)
  }
}
