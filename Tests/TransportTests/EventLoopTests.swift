import Glibc
import Synchronization
import TenantBase
import Testing

@testable import Transport

private actor Counter: EventLoopActor {
  nonisolated let loop: EventLoop
  private var value = 0

  init(loop: EventLoop) { self.loop = loop }

  func add(_ amount: Int) -> Int {
    loop.assertCurrent()
    value += amount
    return value
  }

  /// Whether each step of an async function, before and after its waits, ran on the loop.
  func stepsOnLoop() async throws -> [Bool] {
    var steps = [loop.isCurrent]
    try await loop.sleep(until: .after(.milliseconds(1)))
    steps.append(loop.isCurrent)
    await Task.yield()
    steps.append(loop.isCurrent)
    let value = await BlockingWork.run { 7 }
    steps.append(loop.isCurrent && value == 7)
    async let child = nested()
    steps.append(await child)
    steps.append(loop.isCurrent)
    return steps
  }

  private func nested() -> Bool { loop.isCurrent }
}

@Suite struct EventLoopTests {
  @Test func `an actor of the loop runs on its thread whoever calls`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let counter = Counter(loop: loop)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 { group.addTask { _ = await counter.add(1) } }
    }
    #expect(await counter.add(0) == 200)
    #expect(try await counter.stepsOnLoop().allSatisfy { $0 })
    #expect(!loop.isCurrent)
  }

  @Test func `a task started on the loop stays there over its waits`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let counter = Counter(loop: loop)
    let steps = try await loop.perform { try await counter.stepsOnLoop() + [loop.isCurrent] }
    #expect(steps.allSatisfy { $0 })
  }

  @Test func `work without an actor stays on the loop too`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let steps = try await loop.perform {
      var steps = [loop.isCurrent]
      for _ in 0..<3 {
        try await loop.sleep(until: .after(.milliseconds(1)))
        steps.append(loop.isCurrent)
      }
      return steps
    }
    #expect(steps == [true, true, true, true])
  }

  @Test func `timers fire in the order of their deadlines and not before them`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let order = Recorder()
    let start = ContinuousClock.now
    try await loop.perform {
      let base = ContinuousClock.now
      await withTaskGroup(of: Void.self) { group in
        for index in [7, 2, 9, 4, 0, 5, 8, 1, 3, 6] {
          group.addTask {
            let deadline = Deadline(at: base.advanced(by: .milliseconds(20 + 4 * index)))
            try? await loop.sleep(until: deadline)
            #expect(deadline.hasPassed)
            order.add(index)
          }
        }
      }
    }
    #expect(order.values == Array(0...9))
    #expect(start.duration(to: .now) >= .milliseconds(56))
  }

  @Test func `a cancelled sleep ends at once and leaves no timer behind`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let task = loop.startTask { try await loop.sleep(until: .after(.seconds(3600))) }
    try await loop.perform { while loop.timers.isEmpty { await Task.yield() } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await loop.perform { loop.timers.isEmpty })
  }

  @Test func `a task cancelled before it starts does not wait`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let gate = Mutex(false)
    let task = loop.startTask {
      while !gate.withLock({ $0 }) { await Task.yield() }
      try await loop.sleep(until: .after(.seconds(3600)))
    }
    task.cancel()
    gate.withLock { $0 = true }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `cancelling the caller of perform cancels the work`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let task = Task { try await loop.perform { try await loop.sleep(until: .after(.seconds(3600))) } }
    try await loop.perform { while loop.timers.isEmpty { await Task.yield() } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `two thousand sleeping tasks are cancelled`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let tasks = (0..<2000).map { _ in loop.startTask { try await loop.sleep(until: .after(.seconds(3600))) } }
    try await loop.perform { while loop.timers.count < 2000 { await Task.yield() } }
    for task in tasks { task.cancel() }
    var cancelled = 0
    for task in tasks {
      do { try await task.value } catch is CancellationError { cancelled += 1 }
    }
    #expect(cancelled == 2000)
    #expect(try await loop.perform { loop.timers.isEmpty })
  }

  @Test func `a loop that stops ends the waits on it`() async throws {
    let loop = EventLoop()
    let task = loop.startTask { try await loop.sleep(until: .after(.seconds(3600))) }
    try await loop.perform { while loop.timers.isEmpty { await Task.yield() } }
    loop.stop()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `blocking work runs beside the loop and its results come back`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let sum = try await loop.perform {
      await withTaskGroup(of: Int.self) { group in
        for number in 0..<100 { group.addTask { await BlockingWork.run { loop.isCurrent ? -1 : number } } }
        return await group.reduce(0, +)
      }
    }
    #expect(sum == 4950)
  }

  @Test func `who waits for blocking work stops at the deadline`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let release = DispatchGate()
    let (value, wake) = try await loop.perform {
      await BlockingWork.run(on: loop, until: .after(.milliseconds(10))) {
        release.wait()
        return 1
      }
    }
    #expect(value == nil)
    #expect(wake == .timedOut)
    release.open()
  }

  @Test func `a timer heap gives back what was put in, sorted, whatever leaves early`() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let fired = try await loop.perform {
      let base = ContinuousClock.now
      let order = Recorder()
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<100 {
          let place = index * 37 % 100
          let sleeper = loop.startTask {
            try await loop.sleep(until: Deadline(at: base.advanced(by: .microseconds(30_000 + 200 * place))))
            order.add(place)
          }
          if place % 3 == 0 { sleeper.cancel() }
          group.addTask { _ = try? await sleeper.value }
        }
      }
      return order.values
    }
    #expect(fired == (0..<100).filter { $0 % 3 != 0 })
  }
}

/// Blocks a thread until it is opened.
final class DispatchGate: Sendable {
  private let isOpen = Mutex(false)

  var isOpened: Bool { isOpen.withLock { $0 } }

  func open() { isOpen.withLock { $0 = true } }

  func wait() { while !isOpen.withLock({ $0 }) { usleep(500) } }
}

/// Notes numbers in the order in which they come.
final class Recorder: Sendable {
  private let list = Mutex<[Int]>([])

  var values: [Int] { list.withLock { $0 } }

  func add(_ value: Int) { list.withLock { $0.append(value) } }
}
