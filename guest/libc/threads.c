/* The guest is one process with one thread: nobody else can wake it, so a wait ends by its timeout or by a signal. */
#define _GNU_SOURCE
#include "layer.h"

/* What posix_spawn, system and popen of musl start a child with. */
int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	(void)function;
	(void)stack;
	(void)flags;
	(void)argument;
	return -EPERM;
}

enum { WAIT = 0, WAKE = 1, REQUEUE = 3, COMPARE_REQUEUE = 4, COMMAND = 127 };

long layer_futex(volatile int *word, int operation, int value, const struct timespec *timeout)
{
	switch (operation & COMMAND) {
	case WAIT: {
		int64_t limit = -1;
		if (*word != value) return -EAGAIN;
		if (timeout) limit = to_nanoseconds(timeout->tv_sec, timeout->tv_nsec);
		if (timeout && limit < 0) return -EINVAL;
		long result = wait_for(NULL, 0, limit);
		return result < 0 ? result : -ETIMEDOUT;
	}
	case WAKE:
	case REQUEUE:
	case COMPARE_REQUEUE:
		return 0;
	default:
		return -ENOSYS;
	}
}
