// Loaded in front of the C library (LD_PRELOAD) by kill_mail.py: counts the calls of a program that change a file, a socket or
// standard output, over all its threads, and lets one of them be the last, or fail.
//
// strace counts each thread by itself and stops the program at every call; here the count is one and costs nothing.
//
//   FAULT_LOG=FILE   appends a line for each counted call: number, kind (file, socket or output), name, path
//   FAULT_AT=N       what happens at call N:
//   FAULT=kill       SIGKILL in the place of the call
//   FAULT=torn       the first half of what is to be written, then SIGKILL
//   FAULT=reset      the connection is shut in both directions, and the call fails
//   FAULT=cut        the call is done, and the connection is shut before an answer
//   FAULT=eio, FAULT=enospc    the call fails
//   FAULT_LASTS=1    so does every later call of the same kind
//   FAULT_READS=1    the calls that read files and sockets are counted too
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { NONE, KILL, TORN, CUT, RESET, FAIL };
enum place { FILES, SOCKET, OUTPUT, OTHER };
static const char *const place_names[] = {"file", "socket", "output"};

static atomic_long counter;
static enum fault fault;
static int fault_errno, lasts, counts_reads, log_fd = -1;
static long fault_at = -1;
static enum place lasting_place = OTHER;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("FAULT"), *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
  if (at) fault_at = atol(at);
  if (name) {
    fault = !strcmp(name, "kill") ? KILL : !strcmp(name, "torn") ? TORN : !strcmp(name, "cut") ? CUT : !strcmp(name, "reset") ? RESET : FAIL;
    fault_errno = !strcmp(name, "enospc") ? ENOSPC : fault == RESET ? ECONNRESET : EIO;
  }
  lasts = getenv("FAULT_LASTS") != NULL;
  counts_reads = getenv("FAULT_READS") != NULL;
  if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

static enum place place_of(int fd) {
  struct stat status;
  if (fd == 1 || fd == 2) return OUTPUT;
  if (syscall(SYS_fstat, fd, &status)) return OTHER;
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? FILES : S_ISSOCK(status.st_mode) ? SOCKET : OTHER;
}

static void note(long number, enum place place, const char *name, int fd, const char *path, int is_hit) {
  char link[64], found[PATH_MAX] = "", line[PATH_MAX + 128];
  if (!path && fd >= 0) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlink, link, found, sizeof found - 1);
    if (length > 0) found[length] = 0;
    path = found;
  }
  int length = snprintf(line, sizeof line, "%ld %s %s%s %s\n", number, place_names[place], name, is_hit ? "!" : "",
                        path ? path : "");
  if (length > 0) syscall(SYS_write, log_fd, line, (size_t)length);
}

// Counts a call. Returns 1 when it is to fail: errno is set then. Does not return when it was the last one.
// `rest` says what else: HALVE, that only the first half is to be done before `die`; SHUT, that the socket is to be shut.
enum { HALVE = 1, SHUT = 2 };
static int meet(enum place place, const char *name, int fd, const char *path, int *rest) {
  if (place == OTHER) return 0;
  int saved = errno;
  long number = atomic_fetch_add(&counter, 1) + 1;
  int is_hit = fault != NONE && number == fault_at;
  int is_later = fault >= RESET && lasts && fault_at > 0 && number > fault_at && place == lasting_place;
  if (is_hit) lasting_place = place;
  if (log_fd >= 0 && (is_hit || fault == NONE)) note(number, place, name, fd, path, is_hit);
  errno = saved;
  if (!is_hit && !is_later) return 0;
  if (fault == KILL) die();
  if (fault == TORN) {
    if (!rest) die();
    *rest = HALVE;
    return 0;
  }
  if (fault == CUT) {
    if (rest && place == SOCKET) *rest = SHUT;
    return 0;
  }
  if (fault == RESET) {
    if (place != SOCKET) return 0;
    syscall(SYS_shutdown, fd, SHUT_RDWR);
  }
  errno = fault_errno;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITING(name, type, size, parameters, arguments, half_arguments) \
  type name parameters { \
    int rest = 0; \
    if (meet(place_of(fd), #name, fd, NULL, &rest)) return -1; \
    if (rest == HALVE) { \
      REAL(name) half_arguments; \
      die(); \
    } \
    type result = REAL(name) arguments; \
    if (rest == SHUT) shutdown(fd, SHUT_RDWR); \
    return result; \
  }

WRITING(write, ssize_t, count, (int fd, const void *data, size_t count), (fd, data, count), (fd, data, count / 2))
WRITING(pwrite, ssize_t, count, (int fd, const void *data, size_t count, off_t at), (fd, data, count, at),
        (fd, data, count / 2, at))
WRITING(pwrite64, ssize_t, count, (int fd, const void *data, size_t count, off64_t at), (fd, data, count, at),
        (fd, data, count / 2, at))
WRITING(send, ssize_t, count, (int fd, const void *data, size_t count, int flags), (fd, data, count, flags),
        (fd, data, count / 2, flags))
WRITING(writev, ssize_t, count, (int fd, const struct iovec *parts, int count), (fd, parts, count),
        (fd, parts, count / 2))
WRITING(sendmsg, ssize_t, 0, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
        (fd, message, flags))

#define READING(name, parameters, arguments) \
  ssize_t name parameters { \
    if (counts_reads && meet(place_of(fd), #name, fd, NULL, NULL)) return -1; \
    return REAL(name) arguments; \
  }

READING(read, (int fd, void *data, size_t count), (fd, data, count))
READING(pread, (int fd, void *data, size_t count, off_t at), (fd, data, count, at))
READING(pread64, (int fd, void *data, size_t count, off64_t at), (fd, data, count, at))
READING(recv, (int fd, void *data, size_t count, int flags), (fd, data, count, flags))

#define CALLING(name, place, parameters, arguments, fd, path) \
  int name parameters { \
    if (meet(place, #name, fd, path, NULL)) return -1; \
    return REAL(name) arguments; \
  }

CALLING(fsync, place_of(fd), (int fd), (fd), fd, NULL)
CALLING(fdatasync, place_of(fd), (int fd), (fd), fd, NULL)
CALLING(ftruncate, place_of(fd), (int fd, off_t size), (fd, size), fd, NULL)
CALLING(ftruncate64, place_of(fd), (int fd, off64_t size), (fd, size), fd, NULL)
CALLING(connect, SOCKET, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size), fd, NULL)
CALLING(rename, FILES, (const char *from, const char *to), (from, to), -1, to)
CALLING(renameat, FILES, (int from, const char *name, int to, const char *other), (from, name, to, other), -1, other)
CALLING(renameat2, FILES, (int from, const char *name, int to, const char *other, unsigned flags),
        (from, name, to, other, flags), -1, other)
CALLING(link, FILES, (const char *from, const char *to), (from, to), -1, to)
CALLING(linkat, FILES, (int from, const char *name, int to, const char *other, int flags),
        (from, name, to, other, flags), -1, other)
CALLING(unlink, FILES, (const char *path), (path), -1, path)
CALLING(unlinkat, FILES, (int folder, const char *path, int flags), (folder, path, flags), -1, path)
CALLING(mkdir, FILES, (const char *path, mode_t mode), (path, mode), -1, path)
CALLING(mkdirat, FILES, (int folder, const char *path, mode_t mode), (folder, path, mode), -1, path)

#define OPENING(name, before, before_values) \
  int name(before const char *path, int flags, ...) { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && meet(FILES, #name, -1, path, NULL)) return -1; \
    return ((int (*)(before const char *, int, ...))dlsym(RTLD_NEXT, #name))(before_values path, flags, mode); \
  }

#define COMMA ,
OPENING(open, , )
OPENING(open64, , )
OPENING(openat, int folder COMMA, folder COMMA)
OPENING(openat64, int folder COMMA, folder COMMA)
