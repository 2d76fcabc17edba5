import Expressions
import System

/// The system's time zones, read as they are asked for.
enum SystemTimeZones {
  private static let folder = "/usr/share/zoneinfo"
  /// The largest file there has some 4 KiB.
  private static let limit = 256 * 1024

  static let database = TimeZoneDatabase { name in
    try? FileContents.read(FilePath.join(folder, name), limit: limit)
  }
}
