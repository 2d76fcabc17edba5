import Dispatch
import Glibc

/// Tells of SIGINT, SIGTERM and SIGHUP instead of dying of them, for work that must say how far it came.
package final class SignalWatch: @unchecked Sendable {
  // Set once; a source may be cancelled from any thread.
  private let sources: [any DispatchSourceSignal]

  /// - Parameter handler: gets the signal's name; may be called from any thread, once for each signal.
  package init(_ handler: @escaping @Sendable (String) -> Void) {
    let watched: [(Int32, String)] = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]
    sources = watched.map { number, name in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { @Sendable in handler(name) }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}
