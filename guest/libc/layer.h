/* The system layer: what musl's system calls become in the guest.
 *
 * Every function here has the arguments and the result of a Linux system call: 0 or more, or -errno.
 * syscall.c maps numbers to them; each of the other files is one concern. */
#ifndef SALLYPORT_LAYER_H
#define SALLYPORT_LAYER_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

#include "imports.h"

/* The most bytes that one operation carries, in either direction. */
#define MAX_DATA (1u << 20)
/* The most bytes that Linux reads or writes with one call. */
#define MAX_COUNT 0x7ffff000u
/* One more than the highest descriptor; RLIMIT_NOFILE says so, too. */
#define MAX_DESCRIPTORS 1024
#define SECOND 1000000000ll

struct statx;
struct statfs;
struct utsname;
struct sysinfo;
struct tms;
struct rlimit;
struct msghdr;
struct flock;
struct k_sigaction;

static inline long failed(uint32_t error)
{
	return -(long)error;
}

static inline int64_t wide(long low, long high)
{
	return (int64_t)((uint64_t)(uint32_t)high << 32 | (uint32_t)low);
}

/* Times on the wire are nanoseconds; what does not fit is brought to the nearest that does. */
int64_t to_nanoseconds(int64_t seconds, long nanoseconds);
void from_nanoseconds(int64_t time, int64_t *seconds, long *nanoseconds);

/* paths.c */
long layer_openat(int at, const char *path, int flags, unsigned mode);
long layer_faccessat(int at, const char *path, unsigned mode, unsigned flags);
long layer_mkdirat(int at, const char *path, unsigned mode);
long layer_mknodat(int at, const char *path, unsigned mode);
long layer_unlinkat(int at, const char *path, unsigned flags);
long layer_renameat(int at, const char *path, int to_at, const char *to, unsigned flags);
long layer_linkat(int at, const char *path, int to_at, const char *to, unsigned flags);
long layer_symlinkat(const char *target, int at, const char *path);
long layer_readlinkat(int at, const char *path, char *target, size_t size);
long layer_truncate(const char *path, int64_t size);
long layer_chdir(const char *path);
long layer_getcwd(char *path, size_t size);
long layer_memfd_create(const char *name, unsigned flags);

/* attributes.c */
long layer_statx(int at, const char *path, unsigned flags, struct statx *result);
long layer_fchmodat(int at, const char *path, unsigned mode, unsigned flags);
long layer_fchownat(int at, const char *path, int uid, int gid, unsigned flags);
long layer_utimensat(int at, const char *path, const int64_t times[4], unsigned flags);
long layer_statfs(const char *path, size_t size, struct statfs *result);
long layer_fstatfs(int fd, size_t size, struct statfs *result);
/* The size of a regular file; negative for anything else. */
int64_t size_of_file(int fd);

/* transfer.c */
long layer_read(int fd, void *data, size_t size);
long layer_write(int fd, const void *data, size_t size);
long layer_readv(int fd, const struct iovec *vector, int count);
long layer_writev(int fd, const struct iovec *vector, int count);
long layer_pread(int fd, void *data, size_t size, int64_t offset);
long layer_pwrite(int fd, const void *data, size_t size, int64_t offset);
long layer_preadv(int fd, const struct iovec *vector, int count, int64_t offset);
long layer_pwritev(int fd, const struct iovec *vector, int count, int64_t offset);
long layer_sendfile(int out, int in, int64_t *offset, size_t size);
long layer_copy_file_range(int in, int64_t *in_offset, int out, int64_t *out_offset, size_t size, unsigned flags);

/* directories.c */
long layer_getdents(int fd, void *entries, size_t size);
long layer_lseek(int fd, int64_t offset, unsigned whence, int64_t *position);
void forget_directory(int fd);

/* descriptors.c */
long layer_close(int fd);
long layer_dup(int fd, int minimum, unsigned flags);
long layer_dup3(int fd, int to, unsigned flags);
long layer_pipe(int fds[2], unsigned flags);
long layer_fcntl(int fd, int command, long argument);
long layer_fallocate(int fd, unsigned mode, int64_t offset, int64_t length);
long layer_fadvise(int fd, int64_t length, int advice);
/* What has to be known of a new descriptor; answers it. */
long made_descriptor(int fd, unsigned how);
/* 0, or -EBADF where the descriptor is none. */
long check_descriptor(int fd);

/* terminal.c */
long layer_ioctl(int fd, unsigned request, void *argument);

/* readiness.c */
long layer_ppoll(struct pollfd *fds, size_t count, const struct timespec *timeout, const uint64_t *mask);
long layer_pselect(int count, void *read, void *write, void *except, const struct timespec *timeout, const long *mask);

/* sockets.c */
long layer_socket(int domain, int type, int protocol);
long layer_socketpair(int domain, int type, int protocol, int fds[2]);
long layer_accept(int fd, void *address, uint32_t *size, unsigned flags);
long layer_sendto(int fd, const void *data, size_t size, unsigned flags, const void *address, uint32_t address_size);
long layer_recvfrom(int fd, void *data, size_t size, unsigned flags, void *address, uint32_t *address_size);
long layer_sendmsg(int fd, const struct msghdr *message, unsigned flags);
long layer_recvmsg(int fd, struct msghdr *message, unsigned flags);
long layer_sockname(int fd, unsigned which, void *address, uint32_t *size);
long layer_getsockopt(int fd, int level, int option, void *value, uint32_t *size);
long layer_setsockopt(int fd, int level, int option, const void *value, uint32_t size);

/* clock.c */
long layer_clock_gettime(int clock, struct timespec *time);
long layer_clock_getres(int clock, struct timespec *resolution);
long layer_clock_nanosleep(int clock, unsigned flags, const struct timespec *request, struct timespec *left);
long layer_getitimer(int which, long *current);
long layer_setitimer(int which, const long *wanted, long *before);
long layer_times(struct tms *times);
/* The monotonic clock, for what waits. */
int64_t now(void);
/* Waits for descriptors or a time (negative: for ever); `fds` may be none. Answers as ppoll. */
long wait_for(struct pollfd *fds, size_t count, int64_t timeout);

/* identity.c */
long layer_identity(unsigned which);
long layer_getgroups(int count, uint32_t *groups);
long layer_resid(unsigned real, unsigned effective, uint32_t *first, uint32_t *second, uint32_t *third);
long layer_setid(unsigned current, long wanted);
long layer_process_of(unsigned which, int pid);
long layer_uname(struct utsname *names);
long layer_umask(unsigned mask);

/* resources.c */
long layer_getrusage(int who, long *usage);
long layer_prlimit(int pid, unsigned resource, const uint64_t *wanted, uint64_t *current);
long layer_sysinfo(struct sysinfo *info);
long layer_getaffinity(int pid, size_t size, unsigned long *mask);
long layer_setaffinity(int pid, size_t size, const unsigned long *mask);
long layer_getrandom(void *data, size_t size, unsigned flags);

/* scheduling.c */
long layer_getpriority(int which, int who);
long layer_setpriority(int which, int who, int nice);

/* threads.c */
long layer_futex(volatile int *word, int operation, int value, const struct timespec *timeout);

/* signals.c */
long layer_sigaction(int signal, const struct k_sigaction *wanted, struct k_sigaction *old, size_t size);
long layer_sigprocmask(int how, const uint64_t *set, uint64_t *old, size_t size);
long layer_sigpending(uint64_t *set, size_t size);
long layer_sigsuspend(const uint64_t *mask, size_t size);
long layer_sigtimedwait(const uint64_t *set, void *info, const struct timespec *timeout, size_t size);
long layer_sigaltstack(const void *wanted, void *old);
long layer_kill(int pid, int signal);
/* Acts on a signal that the guest sends to itself: handler, default or, while it is blocked, later. */
void raise_signal(int signal);
/* Takes a mask for the time of a wait; answers the one before. Signals that it lets through are acted upon. */
uint64_t swap_mask(uint64_t mask);
_Noreturn void leave(int status);

/* pages.c: memory in pages of 4096 bytes, zeroed, or with whatever they were last used for. 0 where there is no more. */
#define PAGE 4096u
uintptr_t take_pages(size_t count);
uintptr_t take_used_pages(size_t count);
void give_pages(uintptr_t address, size_t count);
/* Makes a range longer in place; false where something else is behind it. */
bool extend_pages(uintptr_t address, size_t count, size_t wanted);
bool pages_taken(uintptr_t address, size_t count);
size_t free_pages(void);

/* mappings.c */
long layer_mmap(uintptr_t address, size_t size, int protection, int flags, int fd, uint32_t page);
long layer_munmap(uintptr_t address, size_t size);
long layer_mremap(uintptr_t address, size_t old, size_t size, unsigned flags);
long layer_msync(uintptr_t address, size_t size, unsigned flags);
long layer_mprotect(uintptr_t address, size_t size);
/* Writes all shared mappings to their files. */
void save_mappings(void);

#endif
