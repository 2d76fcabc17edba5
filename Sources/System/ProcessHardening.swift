import CLinux
import Glibc

/// What a process that holds secrets does before it reads the first one.
package enum ProcessHardening {
  /// What could not be done, each as a sentence for the log. Empty when all was done.
  package struct Shortcomings: Sendable, Equatable {
    package let warnings: [String]
    /// The number of files and connections that may be open at a time; nil when it is not known.
    package let openFileLimit: Int?
    /// The bytes of memory that can be kept out of swap; nil when it is not known. Each secret needs 4 to 8 KiB of it, and
    /// one beyond the limit works without a word, but may be swapped: a daemon warns when it is little.
    package let lockableMemory: Int?
  }

  /// No core dump, no look into the memory by other processes of the user, no death by a closed pipe, and as many open
  /// files as the system grants.
  ///
  /// Nothing here fails the program: a system that refuses is reported.
  package static func apply() -> Shortcomings {
    var warnings: [String] = []
    if tnt_disable_core_files() != 0 { warnings.append("core dumps could not be switched off") }
    if tnt_clear_dumpable() != 0 { warnings.append("the process could not be made undumpable") }
    if tnt_can_lock_memory() == 0 {
      warnings.append("secrets may be swapped to disk: no memory can be locked (ulimit -l)")
    }
    tnt_ignore_broken_pipes()
    let limit = tnt_raise_open_files()
    if limit < 0 { warnings.append("the limit of open files could not be read") }
    let lockable = tnt_lockable_memory()
    return Shortcomings(
      warnings: warnings, openFileLimit: limit < 0 ? nil : limit, lockableMemory: lockable < 0 ? nil : lockable)
  }

  package static var isDumpable: Bool { tnt_is_dumpable() != 0 }
}
