#pragma once
// Linux interfaces that the Glibc module does not hold.
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

// Declared by string.h only with _GNU_SOURCE, which the importer does not set.
extern void *memmem(const void *haystack, size_t length, const void *needle, size_t needle_length);

extern int renameat2(int old_folder, const char *old_name, int new_folder, const char *new_name, unsigned int flags);
/// Exchanges two names of a folder in one step.
static inline int tnt_exchange_names(int folder, const char *one, const char *other) {
  return renameat2(folder, one, folder, other, 2 /* RENAME_EXCHANGE */);
}

/// Renames, unless the new name is taken (EEXIST).
static inline int tnt_rename_to_free_name(int folder, const char *one, const char *other) {
  return renameat2(folder, one, folder, other, 1 /* RENAME_NOREPLACE */);
}

// prctl is variadic; the type of setrlimit's first argument depends on feature macros.
static inline int tnt_clear_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }
static inline int tnt_is_dumpable(void) { return prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L); }
static inline int tnt_disable_core_files(void) {
  struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none);
}
/// Raises the soft limit of open files to the hard limit; returns the limit in force, or -1.
static inline long tnt_raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  if (limit.rlim_cur < limit.rlim_max) {
    struct rlimit raised = {limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur == RLIM_INFINITY ? 0x7fffffff : (long)limit.rlim_cur;
}
/// How many bytes of memory may be kept out of swap, or -1.
static inline long tnt_lockable_memory(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return -1;
  return limit.rlim_cur == RLIM_INFINITY ? 0x7fffffffffffffffL : (long)limit.rlim_cur;
}
/// Whether a page can be kept out of swap now: 1 or 0. The limit alone does not tell, a privileged process is above it.
static inline int tnt_can_lock_memory(void) {
  size_t length = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | 0x20 /* MAP_ANONYMOUS */, -1, 0);
  if (page == MAP_FAILED) return 0;
  int locked = mlock(page, length) == 0;
  munmap(page, length);
  return locked;
}
static inline void tnt_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

extern int pipe2(int ends[2], int flags);

// Signals as bytes in a pipe. Each object file has its own copy of this variable: only one source file uses it.
static int tnt_signal_pipe = -1;

static inline void tnt_note_signals_in(int writer) { __atomic_store_n(&tnt_signal_pipe, writer, __ATOMIC_SEQ_CST); }

// Async-signal-safe: one write, and errno is kept.
static void tnt_signal_noted(int signal) {
  int saved = errno;
  int writer = __atomic_load_n(&tnt_signal_pipe, __ATOMIC_SEQ_CST);
  unsigned char number = (unsigned char)signal;
  if (writer >= 0) {
    ssize_t ignored = write(writer, &number, 1);
    (void)ignored;
  }
  errno = saved;
}

static inline int tnt_note_signal(int signal, struct sigaction *previous) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = tnt_signal_noted;
  sigemptyset(&action.sa_mask);
  return sigaction(signal, &action, previous);
}
