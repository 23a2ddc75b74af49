/* Clocks and waiting. Durations are only checked from below. */
#define _GNU_SOURCE
#include <sys/time.h>
#include <stdlib.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static long long nanoseconds(clockid_t clock)
{
	struct timespec time;
	CHECK(clock_gettime(clock, &time) == 0 && time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

void test_clock(void)
{
	struct timespec time, left;
	struct timeval value;
	long long start = nanoseconds(CLOCK_MONOTONIC);
	CHECK(nanoseconds(CLOCK_MONOTONIC) >= start);
	CHECK(nanoseconds(CLOCK_REALTIME) > 0 && nanoseconds(CLOCK_REALTIME_COARSE) > 0);
	CHECK(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) >= 0 && nanoseconds(CLOCK_THREAD_CPUTIME_ID) >= 0);
	CHECK(nanoseconds(CLOCK_BOOTTIME) >= 0 && nanoseconds(CLOCK_MONOTONIC_RAW) >= 0);
	FAILS(EINVAL, clock_gettime(5000, &time));
	FAILS(EINVAL, clock_gettime(-3, &time));
	CHECK(clock_getres(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec == 0 && time.tv_nsec > 0);
	FAILS(EINVAL, clock_getres(77, &time));

	start = nanoseconds(CLOCK_MONOTONIC);
	CHECK(usleep(20000) == 0);
	CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 20000000);
	start = nanoseconds(CLOCK_MONOTONIC);
	long long until = start + 20000000;
	time = (struct timespec){ .tv_sec = until / 1000000000, .tv_nsec = (long)(until % 1000000000) };
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
	CHECK(nanoseconds(CLOCK_MONOTONIC) >= until);
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
	CHECK(clock_nanosleep(99, 0, &time, NULL) == EINVAL);
	FAILS(EINVAL, nanosleep(&(struct timespec){ .tv_nsec = 1000000000 }, &left));
	FAILS(EINVAL, nanosleep(&(struct timespec){ .tv_sec = -1 }, &left));

	CHECK(gettimeofday(&value, NULL) == 0 && value.tv_usec >= 0 && value.tv_usec < 1000000);
	CHECK(clock() != (clock_t)-1);
	struct tms used;
	CHECK(times(&used) != (clock_t)-1 && used.tms_cutime == 0);
	CHECK(llabs((long long)timegm(&(struct tm){ .tm_year = 100, .tm_mon = 1, .tm_mday = 29 }) - 951782400ll) == 0);

	struct itimerval timer = { .it_value.tv_sec = 1000, .it_interval.tv_usec = 5000 }, old;
	CHECK(setitimer(ITIMER_REAL, &timer, &old) == 0 && old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_sec >= 900 && old.it_interval.tv_usec == 5000);
	CHECK(alarm(0) > 900 && alarm(0) == 0);
	FAILS(EINVAL, setitimer(ITIMER_PROF, &timer, NULL));
	timer.it_value.tv_usec = 1000000;
	FAILS(EINVAL, setitimer(ITIMER_REAL, &timer, NULL));
}
