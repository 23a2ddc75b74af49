/*
 * Confinement. Strict seccomp is what confines; the rest holds should the kernel ever be told otherwise, and
 * limits what a guest can use up.
 */
#include "confine.h"

#include "system.h"

enum { PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_SECCOMP = 22, PR_SET_NO_NEW_PRIVS = 38 };
enum { SECCOMP_MODE_STRICT = 1, SIGKILL = 9 };
enum { RLIMIT_CPU = 0, RLIMIT_FSIZE = 1, RLIMIT_CORE = 4, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, RLIMIT_AS = 9 };

static s64 prctl(u64 option, u64 value) { return system_call(SYS_PRCTL, option, value, 0, 0, 0, 0); }

static void limit(u64 resource, u64 value) {
  u64 both[2] = {value, value};
  if (system_call(SYS_SETRLIMIT, resource, (u64)both, 0, 0, 0, 0) != 0)
    fail(STATUS_CONFINEMENT, "a resource limit could not be set", 0);
}

/* Only 0 and 1 stay open; standard error is left until here, for messages. */
static void close_others(void) {
  if (system_call(SYS_CLOSE_RANGE, 2, 0xffffffffu, 0, 0, 0, 0) == 0)
    return;
  /* Before Linux 5.9. Nothing can be open beyond the limit that was in force when it was opened; 1 M is the
     kernel's own ceiling unless raised. */
  for (u64 fd = 2; fd < 1u << 20; fd++)
    system_call(SYS_CLOSE, fd, 0, 0, 0, 0, 0);
}

void confine(u64 cpu, u64 parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    fail(STATUS_CONFINEMENT, "PR_SET_PDEATHSIG failed", 0);
  /* A parent that died before the line above sends nothing any more. */
  if (parent != 0 && (u64)system_call(SYS_GETPPID, 0, 0, 0, 0, 0, 0) != parent)
    leave(STATUS_CONTROLLER_GONE);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1) != 0)
    fail(STATUS_CONFINEMENT, "PR_SET_NO_NEW_PRIVS failed", 0);
  if (prctl(PR_SET_DUMPABLE, 0) != 0)
    fail(STATUS_CONFINEMENT, "PR_SET_DUMPABLE failed", 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_AS, 0);
  if (cpu != 0)
    limit(RLIMIT_CPU, cpu);
  close_others();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
    leave(STATUS_CONFINEMENT);
}
