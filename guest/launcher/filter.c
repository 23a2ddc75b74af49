#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER (offsetof(struct seccomp_data, nr))
#define ARCHITECTURE (offsetof(struct seccomp_data, arch))
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE(code) ANSWER(SECCOMP_RET_ERRNO | ((code) & SECCOMP_RET_DATA))
/* If the number is n, answer; else go on. */
#define ON(n, what) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (n), 0, 1), ANSWER(what)
#define ALLOW(n) ON((n), SECCOMP_RET_ALLOW)
/* If the number is n, allow it where its first argument, a process, is the given one; else go on. */
#define ALLOW_ON(n, process)                                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (n), 0, 4), LOAD(ARGUMENT(0)),                                              \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (process), 0, 1), ANSWER(SECCOMP_RET_ALLOW), REFUSE(EPERM)

/* Flags with which a file could change, or come to be. */
#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | 020000000 /* __O_TMPFILE */)

/* Instead of a number: this process's, which it keeps when it becomes the program. */
#define SELF 0xffffffffu

static struct sock_filter program[] = {
    LOAD(ARCHITECTURE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(NUMBER),

    /* The conversation, memory, and the end. Descriptors are 0, 1, 2 and what the loader has open. */
    ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_brk), ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_madvise),
    ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_rt_sigreturn),

    /* The start of a process: the loader and the C library. */
    ALLOW(SYS_execve), ALLOW(SYS_arch_prctl), ALLOW(SYS_set_tid_address), ALLOW(SYS_set_robust_list), ALLOW(334 /* rseq */),
    ALLOW(SYS_close), ALLOW(SYS_fstat), ALLOW(SYS_newfstatat), ALLOW(SYS_pread64), ALLOW(SYS_access), ALLOW(SYS_faccessat),
    ALLOW(SYS_readlink), ALLOW(SYS_getrandom), ALLOW(SYS_rt_sigaction), ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_sigaltstack),
    ALLOW(SYS_uname), ALLOW(SYS_futex), ALLOW(SYS_getpid), ALLOW(SYS_gettid), ALLOW(SYS_getrlimit), ALLOW(SYS_sched_getaffinity),
    ALLOW(SYS_sysinfo),

    /* Limits of its own, where 0 is itself, and abort(), a signal to itself. Both calls reach every process of the same
       user: not the others. */
    ALLOW_ON(SYS_prlimit64, 0), ALLOW_ON(SYS_tgkill, SELF),

    /* Opening, to read. */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
    LOAD(ARGUMENT(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, WRITING, 0, 1),
    REFUSE(EACCES),
    ANSWER(SECCOMP_RET_ALLOW),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 0, 4),
    LOAD(ARGUMENT(1)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, WRITING, 0, 1),
    REFUSE(EACCES),
    ANSWER(SECCOMP_RET_ALLOW),

    /* Memory: never writable and executable at once. */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 5),
    LOAD(ARGUMENT(2)),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_WRITE | PROT_EXEC, 0, 1),
    REFUSE(EACCES),
    ANSWER(SECCOMP_RET_ALLOW),

    REFUSE(ENOSYS),
};

int filter_install(void) {
  for (size_t i = 0; i < sizeof program / sizeof program[0]; i++)
    if (program[i].k == SELF) program[i].k = (uint32_t)getpid();
  struct sock_fprog filter = {sizeof program / sizeof program[0], program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}
