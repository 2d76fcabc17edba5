import Glibc

/// How much room a file system has.
package enum FreeSpace {
  /// Bytes that this user can still write where `path` lies; nil when nobody says. A path that is not there yet is looked
  /// for upwards.
  package static func bytes(at path: String) -> Int? {
    var status = statvfs()
    var current = path
    while statvfs(current, &status) != 0 {
      let parent = FilePath.split(current).parent
      guard parent != current else { return nil }
      current = parent
    }
    let (bytes, overflow) = Int(clamping: UInt64(status.f_bavail)).multipliedReportingOverflow(
      by: Int(clamping: UInt64(status.f_frsize)))
    return overflow ? Int.max : bytes
  }
}
