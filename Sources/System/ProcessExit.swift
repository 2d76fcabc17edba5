import CLinux
import Glibc

/// The end of the process.
package enum ProcessExit {
  /// Ends at once with this code; what was written is written, nothing is buffered here.
  package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}
