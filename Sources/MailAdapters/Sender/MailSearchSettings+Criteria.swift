import IMAP
import TenantBase

extension MailSenderSettings {
  /// What the server is asked for. Mails that somebody has marked as deleted are never taken.
  ///
  /// - Parameter today: for days that count back.
  func criteria(today: CivilDateTime) throws -> SearchCriteria {
    var keys: [SearchCriteria.Key] = [.undeleted]
    if selection == .unread { keys.append(.unseen) }
    if let from = search.from { keys.append(.from(from)) }
    if let to = search.to { keys.append(.to(to)) }
    if let subject = search.subject { keys.append(.subject(subject)) }
    if let since = search.since { keys.append(.since(since.day(today: today))) }
    if let before = search.before { keys.append(.before(before.day(today: today))) }
    if let larger = search.larger { keys.append(.larger(UInt64(larger))) }
    if let smaller = search.smaller { keys.append(.smaller(UInt64(smaller))) }
    if let isFlagged = search.isFlagged { keys.append(isFlagged ? .flagged : .unflagged) }
    if let raw = search.raw { keys.append(.raw(try RawSearchText(raw))) }
    return SearchCriteria(keys)
  }
}
