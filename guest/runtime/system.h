/*
 * System calls without a C library. After confinement only system_read, system_write and system_exit are left.
 */
#ifndef SALLYPORT_SYSTEM_H
#define SALLYPORT_SYSTEM_H

#include "numbers.h"

static inline s64 system_call(s64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  s64 result;
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

enum {
  SYS_READ = 0,
  SYS_WRITE = 1,
  SYS_OPEN = 2,
  SYS_CLOSE = 3,
  SYS_FSTAT = 5,
  SYS_MMAP = 9,
  SYS_RT_SIGACTION = 13,
  SYS_RT_SIGPROCMASK = 14,
  SYS_RT_SIGRETURN = 15,
  SYS_EXIT = 60,
  SYS_GETPPID = 110,
  SYS_SIGALTSTACK = 131,
  SYS_PRCTL = 157,
  SYS_SETRLIMIT = 160,
  SYS_SCHED_GETAFFINITY = 204,
  SYS_CLOSE_RANGE = 436
};

enum { SYSTEM_EINTR = 4, SYSTEM_EAGAIN = 11, SYSTEM_EINVAL = 22, SYSTEM_ENOSYS = 38 };

/* What descriptor 0 is open as once more, without blocking (see waiting.c). */
enum { LOOKING = 2 };

#ifdef SALLYPORT_FUZZING
s64 system_read(int fd, void *to, u64 length);
s64 system_write(int fd, const void *from, u64 length);
#else
static inline s64 system_read(int fd, void *to, u64 length) {
  return system_call(SYS_READ, (u64)fd, (u64)to, length, 0, 0, 0);
}
static inline s64 system_write(int fd, const void *from, u64 length) {
  return system_call(SYS_WRITE, (u64)fd, (u64)from, length, 0, 0, 0);
}
#endif

/* How the process ends where the program does not say. */
enum status {
  STATUS_USAGE = 64,
  STATUS_MAPPING = 65,
  STATUS_CONFINEMENT = 66,
  STATUS_TRAP = 70,
  STATUS_PROTOCOL = 71,
  STATUS_CONTROLLER_GONE = 72
};

__attribute__((noreturn)) void leave(u32 status);

/* Before confinement only: says on standard error what is wrong, and leaves. `value` may be null. */
__attribute__((noreturn, cold)) void fail(u32 status, const char *what, const char *value);

#endif
