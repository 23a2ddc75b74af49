/* From the numbers of musl's system calls to the functions that answer them. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <sched.h>

#include "layer.h"

/* Arguments are words; these say what a word is. */
#define P(x) ((void *)(x))
#define I(x) ((int)(x))
#define U(x) ((unsigned)(x))

/* No file has extended attributes; what is no file has another reason. */
static long no_attributes(const char *path, unsigned flags)
{
	long result = layer_faccessat(AT_FDCWD, path, 0, flags);
	return result < 0 ? result : -EOPNOTSUPP;
}

static long files(long n, long a, long b, long c, long d, long e, long f)
{
	switch (n) {
	case SYS_openat: return layer_openat(I(a), P(b), I(c), U(d));
	case SYS_close: return layer_close(I(a));
	case SYS_read: return layer_read(I(a), P(b), U(c));
	case SYS_write: return layer_write(I(a), P(b), U(c));
	case SYS_readv: return layer_readv(I(a), P(b), I(c));
	case SYS_writev: return layer_writev(I(a), P(b), I(c));
	case SYS_pread64: return layer_pread(I(a), P(b), U(c), wide(d, e));
	case SYS_pwrite64: return layer_pwrite(I(a), P(b), U(c), wide(d, e));
	case SYS_preadv: return layer_preadv(I(a), P(b), I(c), wide(d, e));
	case SYS_pwritev: return layer_pwritev(I(a), P(b), I(c), wide(d, e));
	case SYS_preadv2: return f ? -EOPNOTSUPP : wide(d, e) == -1 ? layer_readv(I(a), P(b), I(c)) : layer_preadv(I(a), P(b), I(c), wide(d, e));
	case SYS_pwritev2: return f ? -EOPNOTSUPP : wide(d, e) == -1 ? layer_writev(I(a), P(b), I(c)) : layer_pwritev(I(a), P(b), I(c), wide(d, e));
	case SYS__llseek: return layer_lseek(I(a), wide(c, b), U(e), P(d));
	case SYS_statx: return layer_statx(I(a), P(b), U(c), P(e));
	case SYS_faccessat: return layer_faccessat(I(a), P(b), U(c), 0);
	case SYS_faccessat2: return layer_faccessat(I(a), P(b), U(c), U(d));
	case SYS_mkdirat: return layer_mkdirat(I(a), P(b), U(c));
	case SYS_mknodat: return layer_mknodat(I(a), P(b), U(c));
	case SYS_unlinkat: return layer_unlinkat(I(a), P(b), U(c));
	case SYS_renameat2: return layer_renameat(I(a), P(b), I(c), P(d), U(e));
	case SYS_linkat: return layer_linkat(I(a), P(b), I(c), P(d), U(e));
	case SYS_symlinkat: return layer_symlinkat(P(a), I(b), P(c));
	case SYS_readlinkat: return layer_readlinkat(I(a), P(b), P(c), U(d));
	case SYS_fchmod: return failed(sallyport_fchmod(I(a), U(b) & 07777));
	case SYS_fchmodat: return layer_fchmodat(I(a), P(b), U(c), 0);
	case SYS_fchmodat2: return layer_fchmodat(I(a), P(b), U(c), U(d));
	case SYS_fchown: return failed(sallyport_fchown(I(a), I(b), I(c)));
	case SYS_fchownat: return layer_fchownat(I(a), P(b), I(c), I(d), U(e));
	case SYS_utimensat_time64: return layer_utimensat(I(a), P(b), P(c), U(d));
	case SYS_truncate64: return layer_truncate(P(a), wide(b, c));
	case SYS_ftruncate64: return failed(sallyport_ftruncate(I(a), wide(b, c)));
	case SYS_fallocate: return layer_fallocate(I(a), U(b), wide(c, d), wide(e, f));
	case SYS_fadvise64_64: return layer_fadvise(I(a), wide(d, e), I(f));
	case SYS_fsync: return failed(sallyport_sync(I(a), 0));
	case SYS_fdatasync: return failed(sallyport_sync(I(a), 1));
	case SYS_sync_file_range: return failed(sallyport_sync(I(a), 1));
	case SYS_syncfs: return check_descriptor(I(a));
	/* Changes are the controller's as soon as they are made. */
	case SYS_sync: return 0;
	case SYS_statfs64: return layer_statfs(P(a), U(b), P(c));
	case SYS_fstatfs64: return layer_fstatfs(I(a), U(b), P(c));
	case SYS_getdents64: return layer_getdents(I(a), P(b), U(c));
	case SYS_getcwd: return layer_getcwd(P(a), U(b));
	case SYS_chdir: return layer_chdir(P(a));
	case SYS_fchdir: return failed(sallyport_fchdir(I(a)));
	case SYS_umask: return layer_umask(U(a));
	case SYS_sendfile64: return layer_sendfile(I(a), I(b), P(c), U(d));
	case SYS_copy_file_range: return layer_copy_file_range(I(a), P(b), I(c), P(d), U(e), U(f));
	case SYS_memfd_create: return layer_memfd_create(P(a), U(b));
	/* Programs take this for "no extended attributes here", and ENOSYS for a failure. */
	case SYS_setxattr:
	case SYS_getxattr:
	case SYS_listxattr:
	case SYS_removexattr: return no_attributes(P(a), 0);
	case SYS_lsetxattr:
	case SYS_lgetxattr:
	case SYS_llistxattr:
	case SYS_lremovexattr: return no_attributes(P(a), AT_SYMLINK_NOFOLLOW);
	case SYS_fsetxattr:
	case SYS_fgetxattr:
	case SYS_flistxattr:
	case SYS_fremovexattr: return check_descriptor(I(a)) ? -EBADF : -EOPNOTSUPP;
	case SYS_fcntl64: return layer_fcntl(I(a), I(b), c);
	case SYS_flock: return failed(sallyport_flock(I(a), U(b)));
	case SYS_ioctl: return layer_ioctl(I(a), U(b), P(c));
	case SYS_dup: return layer_dup(I(a), 0, 0);
	case SYS_dup3: return layer_dup3(I(a), I(b), U(c));
	case SYS_pipe2: return layer_pipe(P(a), U(b));
	case SYS_ppoll_time64: return layer_ppoll(P(a), U(b), P(c), P(d));
	case SYS_pselect6_time64: return layer_pselect(I(a), P(b), P(c), P(d), P(e), P(f));
	default: return -ENOSYS;
	}
}

static long sockets(long n, long a, long b, long c, long d, long e, long f)
{
	switch (n) {
	case SYS_socket: return layer_socket(I(a), I(b), I(c));
	case SYS_socketpair: return layer_socketpair(I(a), I(b), I(c), P(d));
	case SYS_bind: return failed(sallyport_bind(I(a), P(b), U(c)));
	case SYS_listen: return failed(sallyport_listen(I(a), I(b)));
	case SYS_accept: return layer_accept(I(a), P(b), P(c), 0);
	case SYS_accept4: return layer_accept(I(a), P(b), P(c), U(d));
	case SYS_connect: return failed(sallyport_connect(I(a), P(b), U(c)));
	case SYS_shutdown: return failed(sallyport_shutdown(I(a), U(b)));
	case SYS_sendto: return layer_sendto(I(a), P(b), U(c), U(d), P(e), U(f));
	case SYS_recvfrom: return layer_recvfrom(I(a), P(b), U(c), U(d), P(e), P(f));
	case SYS_sendmsg: return layer_sendmsg(I(a), P(b), U(c));
	case SYS_recvmsg: return layer_recvmsg(I(a), P(b), U(c));
	case SYS_getsockname: return layer_sockname(I(a), 0, P(b), P(c));
	case SYS_getpeername: return layer_sockname(I(a), 1, P(b), P(c));
	case SYS_getsockopt: return layer_getsockopt(I(a), I(b), I(c), P(d), P(e));
	case SYS_setsockopt: return layer_setsockopt(I(a), I(b), I(c), P(d), U(e));
	default: return -ENOSYS;
	}
}

/* A limit of a scheduling policy's priorities: 0 where it has none. */
static long priority_limit(int policy, long limit)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR) return limit;
	return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE ? 0 : -EINVAL;
}

enum { PID, PPID, UID, EUID, GID, EGID, PGID, SID };

static long process(long n, long a, long b, long c, long d, long e)
{
	switch (n) {
	case SYS_exit:
	case SYS_exit_group: leave(I(a));
	case SYS_getpid:
	case SYS_gettid:
	case SYS_set_tid_address: return layer_identity(PID);
	case SYS_getppid: return layer_identity(PPID);
	case SYS_getuid: return layer_identity(UID);
	case SYS_geteuid: return layer_identity(EUID);
	case SYS_getgid: return layer_identity(GID);
	case SYS_getegid: return layer_identity(EGID);
	case SYS_getgroups: return layer_getgroups(I(a), P(b));
	case SYS_getresuid: return layer_resid(UID, EUID, P(a), P(b), P(c));
	case SYS_getresgid: return layer_resid(GID, EGID, P(a), P(b), P(c));
	case SYS_setuid: return layer_setid(EUID, a);
	case SYS_setgid: return layer_setid(EGID, a);
	case SYS_setreuid: return layer_setid(UID, a) ? -EPERM : layer_setid(EUID, b);
	case SYS_setregid: return layer_setid(GID, a) ? -EPERM : layer_setid(EGID, b);
	case SYS_setresuid: return layer_setid(UID, a) || layer_setid(UID, c) ? -EPERM : layer_setid(EUID, b);
	case SYS_setresgid: return layer_setid(GID, a) || layer_setid(GID, c) ? -EPERM : layer_setid(EGID, b);
	case SYS_setgroups:
	case SYS_setsid:
	case SYS_setpgid:
	case SYS_chroot:
	case SYS_sethostname:
	case SYS_setdomainname:
	case SYS_clock_settime64:
	case SYS_mount:
	case SYS_umount2: return -EPERM;
	case SYS_getpgid: return layer_process_of(PGID, I(a));
	case SYS_getsid: return layer_process_of(SID, I(a));
	case SYS_getpriority: return layer_getpriority(I(a), I(b));
	case SYS_setpriority: return layer_setpriority(I(a), I(b), I(c));
	case SYS_uname: return layer_uname(P(a));
	case SYS_getrusage: return layer_getrusage(I(a), P(b));
	case SYS_times: return layer_times(P(a));
	case SYS_prlimit64: return layer_prlimit(I(a), U(b), P(c), P(d));
	case SYS_sysinfo: return layer_sysinfo(P(a));
	case SYS_getrandom: return layer_getrandom(P(a), U(b), U(c));
	case SYS_sched_yield: return failed(sallyport_yield());
	case SYS_sched_getaffinity: return layer_getaffinity(I(a), U(b), P(c));
	case SYS_sched_setaffinity: return layer_setaffinity(I(a), U(b), P(c));
	case SYS_sched_get_priority_max: return priority_limit(I(a), 99);
	case SYS_sched_get_priority_min: return priority_limit(I(a), 1);
	case SYS_getcpu: return 0;
	/* Processes are forbidden, as on a system that confines its programs so. */
	case SYS_clone:
	case SYS_clone3:
	case SYS_execve:
	case SYS_execveat:
	case SYS_unshare:
	case SYS_setns:
	case SYS_pidfd_open: return -EPERM;
	/* No child was ever started. */
	case SYS_waitid: return -ECHILD;
	case SYS_clock_gettime64: return layer_clock_gettime(I(a), P(b));
	case SYS_clock_getres_time64: return layer_clock_getres(I(a), P(b));
	case SYS_clock_nanosleep_time64: return layer_clock_nanosleep(I(a), U(b), P(c), P(d));
	case SYS_getitimer: return layer_getitimer(I(a), P(b));
	case SYS_setitimer: return layer_setitimer(I(a), P(b), P(c));
	case SYS_futex_time64: return layer_futex(P(a), I(b), I(c), P(d));
	case SYS_rt_sigaction: return layer_sigaction(I(a), P(b), P(c), U(d));
	case SYS_rt_sigprocmask: return layer_sigprocmask(I(a), P(b), P(c), U(d));
	case SYS_rt_sigpending: return layer_sigpending(P(a), U(b));
	case SYS_rt_sigsuspend: return layer_sigsuspend(P(a), U(b));
	case SYS_rt_sigtimedwait_time64: return layer_sigtimedwait(P(a), P(b), P(c), U(d));
	case SYS_sigaltstack: return layer_sigaltstack(P(a), P(b));
	case SYS_kill: return layer_kill(I(a), I(b));
	case SYS_tkill: return layer_kill(0, I(b));
	case SYS_tgkill: return layer_kill(I(a), I(c));
	case SYS_mmap2: return layer_mmap(U(a), U(b), I(c), I(d), I(e), 0);
	case SYS_munmap: return layer_munmap(U(a), U(b));
	case SYS_mremap: return layer_mremap(U(a), U(b), U(c), U(d));
	case SYS_msync: return layer_msync(U(a), U(b), U(c));
	case SYS_mprotect: return layer_mprotect(U(a), U(b));
	/* All memory is there, and stays. */
	case SYS_madvise:
	case SYS_mlock:
	case SYS_munlock:
	case SYS_mlockall:
	case SYS_munlockall: return 0;
	/* There is no program break to move, which makes malloc take pages. */
	case SYS_brk: return 0;
	default: return -ENOSYS;
	}
}

long __sallyport_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	if (n >= SYS_socket && n <= SYS_recvmsg) return sockets(n, a, b, c, d, e, f);
	if (n == SYS_accept4) return sockets(n, a, b, c, d, e, f);
	/* The only call of this kind with six arguments. */
	if (n == SYS_mmap2) return layer_mmap(U(a), U(b), I(c), I(d), I(e), U(f));
	long result = process(n, a, b, c, d, e);
	return result == -ENOSYS ? files(n, a, b, c, d, e, f) : result;
}
