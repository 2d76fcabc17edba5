import CLinux
import Glibc
import Synchronization

/// One epoll thread that runs the jobs of its actors and tasks, and the sockets they wait on.
///
/// Actors name it as their executor (``EventLoopActor``), so that nothing of theirs ever runs elsewhere; tasks are
/// started with it as their preferred executor (``startTask(_:)``), so that a wait resumes without a detour over the
/// pool. Nothing that blocks may run here: see ``BlockingWork``.
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  /// Started at its first use, for the life of the process.
  package static let shared = EventLoop()

  private struct Inbox {
    var jobs: [UnownedJob] = []
    var thunks: [@Sendable () -> Void] = []
    var isSignalled = false
  }

  private let inbox = Mutex(Inbox())
  private let threadID = Atomic<UInt>(0)
  private let epoll: Int32
  private let wakeEvent: Int32

  // The loop's thread alone touches these.
  private var localJobs: [UnownedJob] = []
  private var sources = SourceTable()
  private var isStopping = false
  var timers = TimerHeap()
  /// Where reads land before they are appended to their caller's buffer: no memory of an idle connection.
  let scratch: UnsafeMutableRawBufferPointer

  /// Data of the wake event; slots count from 0, generations from 1, so no source has it.
  private static let wakeToken: UInt64 = 0
  static let scratchBytes = 64 << 10
  private static let eventsPerTurn = 256

  /// Starts the loop's thread.
  ///
  /// Ignores SIGPIPE for the process: OpenSSL writes to sockets without MSG_NOSIGNAL. Raises the soft limit of open
  /// files to the hard one, because each waiting connection is one.
  package init() {
    signal(SIGPIPE, SIG_IGN)
    OpenFileLimit.raise()
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeEvent = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    precondition(epoll >= 0 && wakeEvent >= 0, "out of file descriptors: no event loop can start")
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 64)
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = Self.wakeToken
    epoll_ctl(epoll, EPOLL_CTL_ADD, wakeEvent, &event)
    let isStarted = SystemThread.start { self.run() }
    precondition(isStarted, "out of threads: no event loop can start")
  }

  deinit {
    Glibc.close(epoll)
    Glibc.close(wakeEvent)
    scratch.deallocate()
  }

  /// True on the loop's own thread.
  package var isCurrent: Bool { threadID.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// Traps off the loop: our own bug, and a data race if it went on.
  func assertCurrent() { precondition(isCurrent, "a connection was used off its event loop") }

  /// Ends the loop after the work at hand: sockets close, waits end. Only for loops of tests.
  package func stop() { execute { self.isStopping = true } }

  /// Runs `thunk` on the loop, always after the caller has let go of the thread.
  package func execute(_ thunk: @escaping @Sendable () -> Void) {
    post { $0.thunks.append(thunk) }
  }

  private func post(_ add: (inout Inbox) -> Void) {
    let mustWake = inbox.withLock { inbox in
      add(&inbox)
      defer { inbox.isSignalled = true }
      return !inbox.isSignalled
    }
    guard mustWake else { return }
    var one: UInt64 = 1
    _ = write(wakeEvent, &one, 8)
  }
}

// MARK: Executor

extension EventLoop {
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent { localJobs.append(job) } else { post { $0.jobs.append(job) } }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  package func checkIsolated() { assertCurrent() }

  package func isIsolatingCurrentContext() -> Bool? { isCurrent }
}

// MARK: The loop

extension EventLoop {
  private func run() {
    threadID.store(UInt(pthread_self()), ordering: .relaxed)
    var events = [epoll_event](repeating: epoll_event(), count: Self.eventsPerTurn)
    while true {
      runLocalJobs()
      if isStopping {
        if shutDown() { return }
        continue
      }
      let timeout = localJobs.isEmpty ? timers.millisecondsToNext() : 0
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
      for index in 0..<Int(max(count, 0)) {
        let (token, flags) = (events[index].data.u64, events[index].events)
        if token == Self.wakeToken { runInbox() } else { sources.find(token)?.eventsArrived(flags) }
      }
      timers.fireDue()
    }
  }

  /// One turn's worth: jobs that these add wait until sockets and timers had their turn.
  private func runLocalJobs() {
    guard !localJobs.isEmpty else { return }
    let jobs = localJobs
    localJobs.removeAll()
    for job in jobs {
      job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
  }

  private func runInbox() {
    var count: UInt64 = 0
    _ = read(wakeEvent, &count, 8)
    let (jobs, thunks) = inbox.withLock { inbox in
      defer { inbox = Inbox() }
      return (inbox.jobs, inbox.thunks)
    }
    localJobs += jobs
    for thunk in thunks { thunk() }
  }

  /// Closes what is open and says whether nothing is left to run.
  private func shutDown() -> Bool {
    for source in sources.all { source.close() }
    timers.closeAll()
    runInbox()
    return localJobs.isEmpty
  }
}

// MARK: Sockets

extension EventLoop {
  /// Watches `source` for all of its events, edge triggered.
  ///
  /// An edge is lost only for who waits without having seen "would block" first; on one thread that cannot happen.
  /// - Returns: the token of the registration; nil with `errno` set.
  func register(_ source: SocketSource) -> UInt64? {
    assertCurrent()
    let token = sources.insert(source)
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    event.data.u64 = token
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, source.descriptor, &event) == 0 else {
      sources.remove(token)
      return nil
    }
    return token
  }

  /// Sockets that are registered now.
  var openSources: Int { sources.all.count }

  /// Forgets the source; its events still in the same batch find nothing.
  func unregister(_ token: UInt64, descriptor: Int32) {
    assertCurrent()
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    sources.remove(token)
  }
}

/// The loop's sockets by slot; a token is generation and slot, so that a late event of a closed one finds nothing.
private struct SourceTable {
  private var entries: [(generation: UInt32, source: SocketSource?)] = []
  private var free: [Int] = []

  var all: [SocketSource] { entries.compactMap(\.source) }

  func find(_ token: UInt64) -> SocketSource? {
    let slot = Int(token & 0xFFFF_FFFF)
    guard slot < entries.count, entries[slot].generation == UInt32(token >> 32) else { return nil }
    return entries[slot].source
  }

  mutating func insert(_ source: SocketSource) -> UInt64 {
    let slot = free.popLast() ?? entries.count
    if slot == entries.count { entries.append((0, nil)) }
    entries[slot].generation = max(entries[slot].generation &+ 1, 1)
    entries[slot].source = source
    return UInt64(entries[slot].generation) << 32 | UInt64(slot)
  }

  mutating func remove(_ token: UInt64) {
    guard find(token) != nil else { return }
    let slot = Int(token & 0xFFFF_FFFF)
    entries[slot].source = nil
    free.append(slot)
  }
}

private enum OpenFileLimit {
  /// Best effort: who needs more sees "too many open files" on the connection that is one too many.
  static func raise() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else {
      return
    }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
