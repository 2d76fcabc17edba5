import Testing

@testable import MIME

@Suite struct DecodingDateTests {
  static let dates: [(String, String?)] = [
    ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
    ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
    ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"),
    ("Thu, 13 Feb 1969 23:32 -0330", "1969-02-13T23:32:00-03:30"),
    ("Thu, 13\r\n Feb 1969 23:32:00 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30"),
    ("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
    ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
    ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
    ("Sun, 06 Nov 1994 08:49:37 EST", "1994-11-06T08:49:37-05:00"),
    ("Sun Nov  6 08:49:37 PST 1994", "1994-11-06T08:49:37-08:00"),
    ("1994-11-06T08:49:37Z", "1994-11-06T08:49:37Z"),
    ("1994-11-06T08:49:37.123+01:30", "1994-11-06T08:49:37+01:30"),
    ("1994-11-06 08:49:37 +0100", "1994-11-06T08:49:37+01:00"),
    ("Wed, 11 Feb 98 11:51 CST", "1998-02-11T11:51:00-06:00"),
    ("6 Nov 2010", "2010-11-06T00:00:00Z"),
    ("Nov 6, 2010 8:49 PM", "2010-11-06T20:49:00Z"),
    ("Sat, 6 November 2010 12:01:00 AM +0000", "2010-11-06T00:01:00Z"),
    ("6 Nov 2010 08.49.37 +0100", "2010-11-06T08:49:37+01:00"),
    ("6/11/2010 08:49", "2010-11-06T08:49:00Z"),
    ("11/26/2010 08:49", "2010-11-26T08:49:00Z"),
    ("06.11.2010 08:49", "2010-11-06T08:49:00Z"),
    ("Mo, 7 Okt 2013 12:00:00 +0200", "2013-10-07T12:00:00+02:00"),
    ("Sat, 6 Nov 2010 08:49:37 GMT+0200", "2010-11-06T08:49:37+02:00"),
    ("Sat, 6 Nov 2010 08:49:37 UT", "2010-11-06T08:49:37Z"),
    ("Sat, 6 Nov 2010 08:49:37 -0000", "2010-11-06T08:49:37Z"),
    ("Sat, 6 Nov 2010 08:49:37 A", "2010-11-06T08:49:37Z"),
    ("Sat, 6 Nov 2010 08:49:37+0200", "2010-11-06T08:49:37+02:00"),
    ("Sat, 6 Nov 110 08:49:37 +0200", "2010-11-06T08:49:37+02:00"),
    ("Sat, 6 Nov 10 08:49:37 +0200", "2010-11-06T08:49:37+02:00"),
    ("Sat, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"),
    ("29 Feb 2000 00:00 +0000", "2000-02-29T00:00:00Z"), ("29 Feb 1900 00:00 +0000", nil),
    ("31 Apr 2000 00:00 +0000", nil), ("6 Nov 2010 25:00 +0000", nil), ("6 Nov 2010 10:60 +0000", nil),
    ("", nil), ("tomorrow", nil), ("6 Nov", nil), ("99999999999999999999", nil), ("Malformed Date.", nil),
    ("1 Jan 0001 00:00 +0000", "0001-01-01T00:00:00Z"),
    ("1 Jan 9999 00:00 +9959", "9999-01-01T00:00:00Z"),
  ]

  @Test(arguments: dates)
  func `dates of all forms are read`(_ sent: String, _ wanted: String?) {
    #expect(HeaderDate.parse(Array(sent.utf8))?.iso8601 == wanted)
  }

  @Test func `a date is a moment and an offset`() {
    let date = HeaderDate.parse(Array("Fri, 21 Nov 1997 09:55:06 -0600".utf8))
    #expect(date == HeaderDate(unixSeconds: 880_127_706, offsetMinutes: -360))
    #expect(HeaderDate.parse(Array("Fri, 21 Nov 1997 09:55:06 -0000".utf8))?.offsetMinutes == nil)
    #expect(HeaderDate.parse(Array("Fri, 21 Nov 1997 09:55:06 +0000".utf8))?.offsetMinutes == 0)
  }

  @Test func `days and dates are each other's inverse`() {
    for days in stride(from: -719_162, through: 2_932_896, by: 997) {
      let (year, month, day) = Calendar.civil(days)
      #expect(Calendar.days(year: year, month: month, day: day) == days)
      #expect((1...12).contains(month) && (1...Calendar.length(ofMonth: month, year: year)).contains(day))
    }
  }
}
