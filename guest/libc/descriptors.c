/* Descriptors: duplicates, flags, locks, pipes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "layer.h"

enum { STATUS_FLAGS, DESCRIPTOR_FLAGS };
enum { ONLY_ASK = -1 };

/* The descriptor that was made last, if that was with O_CLOEXEC: musl sets the flag once more, for kernels that do not
 * know it. */
static int known_cloexec = -1;

long made_descriptor(int fd, unsigned how)
{
	forget_directory(fd);
	known_cloexec = how & O_CLOEXEC ? fd : -1;
	return fd;
}

static long set_descriptor_flags(int fd, int set)
{
	int answer;
	bool known = fd == known_cloexec && set == FD_CLOEXEC;
	known_cloexec = -1;
	return known ? 0 : failed(sallyport_flags(fd, DESCRIPTOR_FLAGS, set, &answer));
}

static long flags(int fd, unsigned which, int set)
{
	int answer;
	uint32_t error = sallyport_flags(fd, which, set, &answer);
	return error ? failed(error) : answer;
}

long check_descriptor(int fd)
{
	long answer = flags(fd, DESCRIPTOR_FLAGS, ONLY_ASK);
	return answer < 0 ? answer : 0;
}

long layer_close(int fd)
{
	forget_directory(fd);
	return failed(sallyport_close(fd));
}

long layer_dup(int fd, int minimum, unsigned how)
{
	int copy;
	uint32_t error = sallyport_dup(fd, minimum, how, &copy);
	return error ? failed(error) : made_descriptor(copy, how);
}

long layer_dup3(int fd, int to, unsigned how)
{
	if (how & ~(unsigned)O_CLOEXEC) return -EINVAL;
	if (fd == to) return -EINVAL;
	uint32_t error = sallyport_dup2(fd, to, how);
	return error ? failed(error) : made_descriptor(to, how);
}

long layer_pipe(int fds[2], unsigned how)
{
	if (how & ~(unsigned)(O_CLOEXEC | O_NONBLOCK)) return -EINVAL;
	return failed(sallyport_pipe(how, fds));
}

/* The operation knows offsets from the start only. */
static long lock(int fd, unsigned command, struct flock *wanted)
{
	struct {
		uint32_t type;
		int32_t pid;
		int64_t start, length;
	} found;
	int64_t start = wanted->l_start, base = 0;
	_Static_assert(sizeof found == 24, "as the operations table has it");
	if (wanted->l_type < F_RDLCK || wanted->l_type > F_UNLCK) return -EINVAL;
	if (wanted->l_whence == SEEK_CUR) {
		uint32_t error = sallyport_seek(fd, 0, SEEK_CUR, &base);
		if (error) return failed(error);
	} else if (wanted->l_whence == SEEK_END) {
		if ((base = size_of_file(fd)) < 0) return -EINVAL;
	} else if (wanted->l_whence != SEEK_SET) {
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, base, &start)) return -EOVERFLOW;
	int64_t length = wanted->l_len;
	if (length < 0) {
		if (__builtin_add_overflow(start, length, &start)) return -EINVAL;
		length = -length;
	}
	if (start < 0) return -EINVAL;
	uint32_t error = sallyport_lock(fd, command, (uint32_t)wanted->l_type, start, length, &found);
	if (error) return failed(error);
	if (command == 0) {
		wanted->l_type = (short)found.type;
		if (found.type != F_UNLCK) {
			wanted->l_whence = SEEK_SET;
			wanted->l_start = found.start;
			wanted->l_len = found.length;
			wanted->l_pid = found.pid;
		}
	}
	return 0;
}

long layer_fcntl(int fd, int command, long argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (argument < 0 || argument >= MAX_DESCRIPTORS) return -EINVAL;
		return layer_dup(fd, (int)argument, command == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0);
	case F_GETFD:
		return flags(fd, DESCRIPTOR_FLAGS, ONLY_ASK);
	case F_SETFD:
		return set_descriptor_flags(fd, argument & FD_CLOEXEC);
	case F_GETFL:
		return flags(fd, STATUS_FLAGS, ONLY_ASK);
	case F_SETFL: {
		long answer = flags(fd, STATUS_FLAGS, argument & (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME));
		return answer < 0 ? answer : 0;
	}
	case F_GETLK:
		return lock(fd, 0, (struct flock *)argument);
	case F_SETLK:
		return lock(fd, 1, (struct flock *)argument);
	case F_SETLKW:
		return lock(fd, 2, (struct flock *)argument);
	default: {
		long bad = check_descriptor(fd);
		return bad ? bad : -EINVAL;
	}
	}
}

long layer_fallocate(int fd, unsigned mode, int64_t offset, int64_t length)
{
	if (mode) return -EOPNOTSUPP;
	if (offset < 0 || length <= 0) return -EINVAL;
	return failed(sallyport_allocate(fd, offset, length));
}

/* Advice may be ignored, but not every call of it is right. */
long layer_fadvise(int fd, int64_t length, int advice)
{
	int64_t position;
	long bad = check_descriptor(fd);
	if (bad) return bad;
	if (sallyport_seek(fd, 0, SEEK_CUR, &position) == ESPIPE) return -ESPIPE;
	return advice < 0 || advice > POSIX_FADV_NOREUSE || length < 0 ? -EINVAL : 0;
}
