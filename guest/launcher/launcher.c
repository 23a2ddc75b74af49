/*
 * launcher: starts a program that cannot confine itself, confined from outside.
 *
 *   launcher [--address-space BYTES] [--cpu SECONDS] [--read PATH]... EXECUTABLE ARGV0 [ARGUMENT]...
 *
 * The program gets no environment, no descriptor but 0, 1 and 2, no new privileges, no core files, limits on its
 * address space and CPU time, its parent's death as its own, a Landlock domain in which only the executable, the
 * shared libraries and each --read PATH can be read and nothing can be written, and a seccomp filter (filter.h) that
 * leaves it the calls of RPython's sandboxed executables and of a dynamic loader. What the kernel does not offer
 * (Landlock before 5.13) is said on --probe, and left out unless --require-landlock is given.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "landlock.h"

enum { STATUS_USAGE = 64, STATUS_CONFINEMENT = 66, STATUS_EXEC = 67, MAX_READ_PATHS = 16 };

static void fail(int status, const char *what, const char *value) {
  dprintf(2, "launcher: %s%s%s%s%s\n", what, value ? ": " : "", value ? value : "", errno ? ": " : "",
          errno ? strerror(errno) : "");
  _exit(status);
}

static rlim_t number(const char *name, const char *text) {
  char *end;
  errno = 0;
  if (text == NULL || *text < '0' || *text > '9') fail(STATUS_USAGE, "a number must follow", name);
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || *end != 0 || value == 0) fail(STATUS_USAGE, "not a positive number", text);
  return (rlim_t)value;
}

static void limit(int resource, const char *name, rlim_t value) {
  struct rlimit both = {value, value};
  if (setrlimit(resource, &both) != 0) fail(STATUS_CONFINEMENT, "cannot limit", name);
}

int main(int argc, char **argv) {
  rlim_t address_space = 0, cpu = 0;
  const char *readable[MAX_READ_PATHS];
  int nreadable = 0, require_landlock = 0, at = 1;
  pid_t parent = getppid();

  for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
    const char *option = argv[at];
    if (strcmp(option, "--probe") == 0) {
      printf("launcher 1\nlandlock %d\n", landlock_version());
      return 0;
    }
    if (strcmp(option, "--require-landlock") == 0) {
      require_landlock = 1;
      continue;
    }
    const char *value = at + 1 < argc ? argv[at + 1] : NULL;
    if (strcmp(option, "--address-space") == 0) address_space = number(option, value);
    else if (strcmp(option, "--cpu") == 0) cpu = number(option, value);
    else if (strcmp(option, "--read") == 0 && value != NULL && nreadable < MAX_READ_PATHS) readable[nreadable++] = value;
    else fail(STATUS_USAGE, "unknown option, or too many", option);
    at++;
  }
  if (argc - at < 2) fail(STATUS_USAGE, "usage: launcher [OPTIONS] EXECUTABLE ARGV0 [ARGUMENT]...", NULL);

  const char *path = argv[at];
  int executable = open(path, O_PATH | O_CLOEXEC);
  if (executable < 0) fail(STATUS_EXEC, "cannot open", path);

  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(STATUS_CONFINEMENT, "PR_SET_PDEATHSIG", NULL);
  if (getppid() != parent) _exit(STATUS_CONFINEMENT);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(STATUS_CONFINEMENT, "PR_SET_NO_NEW_PRIVS", NULL);
  if (syscall(SYS_close_range, 3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) != 0)
    fail(STATUS_CONFINEMENT, "close_range", NULL);

  limit(RLIMIT_CORE, "RLIMIT_CORE", 0);
  limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", 16);
  if (cpu != 0) limit(RLIMIT_CPU, "RLIMIT_CPU", cpu);
  if (address_space != 0) limit(RLIMIT_AS, "RLIMIT_AS", address_space);

  int confined = landlock_confine(executable, readable, nreadable);
  if (confined < 0) fail(STATUS_CONFINEMENT, "Landlock", NULL);
  if (confined == 0 && require_landlock) fail(STATUS_CONFINEMENT, "this kernel has no Landlock", NULL);
  if (filter_install() != 0) fail(STATUS_CONFINEMENT, "seccomp", NULL);

  char *environment[] = {NULL};
  execve(path, &argv[at + 1], environment);
  fail(STATUS_EXEC, "cannot run", path);
}
