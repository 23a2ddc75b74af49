/* poll and select. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/select.h>

#include "layer.h"

long wait_for(struct pollfd *fds, size_t count, int64_t timeout)
{
	uint16_t ready[MAX_DESCRIPTORS];
	uint32_t length;
	long found = 0;
	if (count > MAX_DESCRIPTORS) return -EINVAL;
	for (size_t i = 0; i < count; i++) fds[i].revents = 0;
	uint32_t error = sallyport_poll(fds, count * sizeof *fds, timeout, ready, count * sizeof *ready, &length);
	if (error) return failed(error);
	for (size_t i = 0; i < count; i++) {
		fds[i].revents = (short)ready[i];
		if (ready[i]) found++;
	}
	return found;
}

/* A wait's timeout in nanoseconds, -1 for ever; less than -1 where Linux refuses it. */
static int64_t timeout_of(const struct timespec *timeout)
{
	if (!timeout) return -1;
	if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= SECOND) return -2;
	return to_nanoseconds(timeout->tv_sec, timeout->tv_nsec);
}

long layer_ppoll(struct pollfd *fds, size_t count, const struct timespec *timeout, const uint64_t *mask)
{
	int64_t limit = timeout_of(timeout);
	if (limit < -1) return -EINVAL;
	if (!mask) return wait_for(fds, count, limit);
	uint64_t before = swap_mask(*mask);
	long result = wait_for(fds, count, limit);
	swap_mask(before);
	return result;
}

enum {
	READABLE = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	WRITABLE = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	EXCEPTIONAL = POLLPRI,
};

static bool has(const fd_set *set, int fd)
{
	return set && FD_ISSET(fd, set);
}

static long keep(fd_set *set, int fd, bool ready)
{
	if (!has(set, fd)) return 0;
	if (ready) return 1;
	FD_CLR(fd, set);
	return 0;
}

static long select_on(int count, fd_set *read, fd_set *write, fd_set *except, int64_t timeout)
{
	struct pollfd fds[FD_SETSIZE];
	size_t used = 0;
	long found = 0;
	for (int fd = 0; fd < count; fd++) {
		short events = (short)((has(read, fd) ? POLLIN : 0) | (has(write, fd) ? POLLOUT : 0) |
			(has(except, fd) ? POLLPRI : 0));
		if (events) fds[used++] = (struct pollfd){ .fd = fd, .events = events };
	}
	long result = wait_for(fds, used, timeout);
	if (result < 0) return result;
	for (size_t i = 0; i < used; i++)
		if (fds[i].revents & POLLNVAL) return -EBADF;
	for (size_t i = 0; i < used; i++) {
		found += keep(read, fds[i].fd, fds[i].revents & READABLE);
		found += keep(write, fds[i].fd, fds[i].revents & WRITABLE);
		found += keep(except, fds[i].fd, fds[i].revents & EXCEPTIONAL);
	}
	return found;
}

/* `mask` is a pair: address of the mask, its size. */
long layer_pselect(int count, void *read, void *write, void *except, const struct timespec *timeout, const long *mask)
{
	int64_t limit = timeout_of(timeout);
	if (count < 0 || limit < -1) return -EINVAL;
	if (count > FD_SETSIZE) count = FD_SETSIZE;
	if (!mask || !mask[0]) return select_on(count, read, write, except, limit);
	uint64_t before = swap_mask(*(const uint64_t *)mask[0]);
	long result = select_on(count, read, write, except, limit);
	swap_mask(before);
	return result;
}
