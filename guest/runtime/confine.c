/*
 * Confinement. A seccomp filter is what confines; the rest holds should the kernel ever be told otherwise, and
 * limits what a guest can use up.
 *
 * Not seccomp's strict mode: that takes the time stamp counter from the process as well, by a control register that
 * changes at every switch to it and from it, which a virtual machine pays for with microseconds. The filter allows
 * less than strict mode does: read and write on stdin's and stdout's pipe alone.
 */
#include "confine.h"

#include "system.h"
#include "waiting.h"

enum { PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4, PR_SET_SECCOMP = 22, PR_SET_NO_NEW_PRIVS = 38 };
enum { SECCOMP_MODE_FILTER = 2, SIGKILL = 9 };
enum { RLIMIT_CPU = 0, RLIMIT_FSIZE = 1, RLIMIT_CORE = 4, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, RLIMIT_AS = 9 };

struct filter_instruction {
  u16 code;
  u8 if_true, if_false;
  u32 value;
};
struct filter_program {
  u16 length;
  const struct filter_instruction *instructions;
};

/* Offsets in struct seccomp_data; an argument's low half, which is all the kernel takes of a descriptor. */
enum { DATA_NUMBER = 0, DATA_ARCHITECTURE = 4, DATA_ARGUMENT = 16 };
enum { ARCHITECTURE_X86_64 = 0xC000003E };

#define LOAD(offset) {0x20, 0, 0, offset}
#define UNLESS(value, skip) {0x15, 0, skip, value}
#define IF(value, skip) {0x15, skip, 0, value}
#define ALLOW {0x06, 0, 0, 0x7fff0000u}
#define KILL {0x06, 0, 0, 0x80000000u}

static const struct filter_instruction filter[] = {
    LOAD(DATA_ARCHITECTURE), IF(ARCHITECTURE_X86_64, 1),
    KILL,
    LOAD(DATA_NUMBER),
    UNLESS(SYS_READ, 5), LOAD(DATA_ARGUMENT), IF(0, 1), UNLESS(LOOKING, 1), ALLOW, KILL,
    UNLESS(SYS_WRITE, 4), LOAD(DATA_ARGUMENT), UNLESS(1, 1), ALLOW, KILL,
    IF(SYS_EXIT, 1), UNLESS(SYS_RT_SIGRETURN, 1), ALLOW,
    KILL,
};

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
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_AS, 0);
  if (cpu != 0)
    limit(RLIMIT_CPU, cpu);
  close_others();
  waiting_prepare();
  limit(RLIMIT_NOFILE, 0);
  struct filter_program program = {sizeof filter / sizeof *filter, filter};
  if (system_call(SYS_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (u64)&program, 0, 0, 0) != 0)
    leave(STATUS_CONFINEMENT);
}
