import TenantBase
import Testing

@Suite struct CivilDateTimeInverseTests {
  @Test func `days and dates are each other's inverse`() {
    for days in stride(from: -719_162, through: 2_932_896, by: 997) {
      let (year, month, day) = CivilDateTime.date(daysSinceEpoch: days)
      let date = CivilDateTime(year: year, month: month, day: day)
      #expect(date.daysSinceEpoch == days)
      #expect(date.isValid)
    }
  }
}
