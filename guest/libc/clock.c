/* Clocks and waiting. */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <sys/time.h>
#include <sys/times.h>

#include "layer.h"

int64_t to_nanoseconds(int64_t seconds, long nanoseconds)
{
	int64_t result;
	if (__builtin_mul_overflow(seconds, SECOND, &result) || __builtin_add_overflow(result, nanoseconds, &result))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return result;
}

void from_nanoseconds(int64_t time, int64_t *seconds, long *nanoseconds)
{
	*seconds = time / SECOND;
	*nanoseconds = (long)(time % SECOND);
	if (*nanoseconds < 0) {
		*nanoseconds += (long)SECOND;
		*seconds -= 1;
	}
}

/* The operation's clock for one of Linux's, or -1: an id comes from the program and may be anything. */
static int wire_clock(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		return 1;
	case CLOCK_PROCESS_CPUTIME_ID:
		return 2;
	case CLOCK_THREAD_CPUTIME_ID:
		return 3;
	default:
		return -1;
	}
}

static void store(int64_t time, struct timespec *result)
{
	long nanoseconds;
	memset(result, 0, sizeof *result);
	from_nanoseconds(time, &result->tv_sec, &nanoseconds);
	result->tv_nsec = nanoseconds;
}

long layer_clock_gettime(int clock, struct timespec *time)
{
	int64_t value;
	int id = wire_clock(clock);
	if (id < 0) return -EINVAL;
	uint32_t error = sallyport_clock((uint32_t)id, &value);
	if (!error) store(value, time);
	return failed(error);
}

long layer_clock_getres(int clock, struct timespec *resolution)
{
	int64_t value;
	int id = wire_clock(clock);
	if (id < 0) return -EINVAL;
	uint32_t error = sallyport_resolution((uint32_t)id, &value);
	if (!error && resolution) store(value, resolution);
	return failed(error);
}

int64_t now(void)
{
	int64_t value;
	return sallyport_clock(1, &value) ? 0 : value;
}

long layer_clock_nanosleep(int clock, unsigned flags, const struct timespec *request, struct timespec *left)
{
	int64_t remaining, until, start = 0;
	int id = wire_clock(clock);
	if (id < 0 || clock == CLOCK_THREAD_CPUTIME_ID || flags & ~(unsigned)TIMER_ABSTIME) return -EINVAL;
	if (request->tv_nsec < 0 || request->tv_nsec >= SECOND || request->tv_sec < 0) return -EINVAL;
	until = to_nanoseconds(request->tv_sec, request->tv_nsec);
	/* An interrupted operation has no answer, so what is left is measured here. */
	bool measure = left && !(flags & TIMER_ABSTIME);
	if (measure) start = now();
	uint32_t error = sallyport_sleep((uint32_t)id, until, flags, &remaining);
	if (error == EINTR && measure) {
		remaining = until - (now() - start);
		store(remaining > 0 ? remaining : 0, left);
	}
	return failed(error);
}

/* As the 32-bit kernel lays them out, which musl expects: interval and value, each in seconds and microseconds. */
static void store_timer(const int64_t old[2], long *result)
{
	const int64_t times[] = { old[1], old[0] };
	for (int i = 0; i < 2; i++) {
		int64_t microseconds = times[i] / 1000 + (times[i] % 1000 != 0);
		result[2 * i] = (long)(microseconds / 1000000);
		result[2 * i + 1] = (long)(microseconds % 1000000);
	}
}

/* Only the timer that counts real time is there: the controller cannot follow the others. */
long layer_getitimer(int which, long *current)
{
	int64_t old[2];
	if (which != ITIMER_REAL) return -EINVAL;
	uint32_t error = sallyport_timer(-1, 0, old);
	if (!error) store_timer(old, current);
	return failed(error);
}

long layer_setitimer(int which, const long *wanted, long *before)
{
	int64_t old[2], times[2];
	if (which != ITIMER_REAL) return -EINVAL;
	for (int i = 0; i < 2; i++) {
		if (wanted[2 * i] < 0 || wanted[2 * i + 1] < 0 || wanted[2 * i + 1] >= 1000000) return -EINVAL;
		times[i] = to_nanoseconds(wanted[2 * i], wanted[2 * i + 1] * 1000);
	}
	uint32_t error = sallyport_timer(times[1], times[0], old);
	if (!error && before) store_timer(old, before);
	return failed(error);
}

/* In hundredths of a second. */
long layer_times(struct tms *times)
{
	uint64_t usage[3];
	uint32_t error = sallyport_usage(usage);
	if (error) return failed(error);
	if (times)
		*times = (struct tms){ .tms_utime = (clock_t)(usage[0] / 10000000),
			.tms_stime = (clock_t)(usage[1] / 10000000) };
	return (long)(now() / 10000000 & LONG_MAX);
}
