/* Resources: usage, limits, randomness. */
#define _GNU_SOURCE
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

void test_resources(void)
{
	struct rusage usage;
	struct rlimit limit;
	CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_usec < 1000000);
	CHECK(usage.ru_maxrss > 0);
	CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0 && usage.ru_utime.tv_sec == 0 && usage.ru_maxrss == 0);
	FAILS(EINVAL, getrusage(42, &usage));

	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == (rlim_t)sysconf(_SC_OPEN_MAX));
	limit.rlim_cur--;
	FAILS(EPERM, setrlimit(RLIMIT_NOFILE, &limit));
	FAILS(EINVAL, getrlimit(99, &limit));
	CHECK(sysconf(_SC_PAGESIZE) == 4096 && sysconf(_SC_NPROCESSORS_ONLN) == 1 && sysconf(_SC_CLK_TCK) == 100);
	CHECK(sysconf(_SC_PHYS_PAGES) > 0 && sysconf(_SC_AVPHYS_PAGES) >= 0);
	CHECK(sched_yield() == 0 && sched_get_priority_max(SCHED_FIFO) == 99);

	struct sched_param param = { .sched_priority = 7 };
	struct timespec slice = { .tv_sec = 1 };
	CHECK(sched_getscheduler(0) == SCHED_OTHER && sched_getscheduler(getpid()) == SCHED_OTHER);
	CHECK(sched_getparam(0, &param) == 0 && param.sched_priority == 0);
	CHECK(sched_setscheduler(0, SCHED_OTHER, &param) == 0 && sched_setparam(0, &param) == 0);
	CHECK(sched_rr_get_interval(0, &slice) == 0 && slice.tv_sec == 0);
	FAILS(ESRCH, sched_getscheduler(getpid() + 1));
	FAILS(EINVAL, sched_getscheduler(-1));
	param.sched_priority = 1;
	FAILS(EINVAL, sched_setparam(0, &param));
	FAILS(EPERM, sched_setscheduler(0, SCHED_FIFO, &param));
	cpu_set_t processors;
	CHECK(sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) == 1);
	CHECK(sched_setaffinity(0, sizeof processors, &processors) == 0);

	CHECK(nice(0) == 0 && getpriority(PRIO_PROCESS, 0) == 0);
	CHECK(nice(3) == 3 && getpriority(PRIO_PROCESS, getpid()) == 3 && nice(100) == 19);
	FAILS(EPERM, nice(-1));
	FAILS(EACCES, setpriority(PRIO_PROCESS, 0, 0));
	FAILS(ESRCH, setpriority(PRIO_PROCESS, getpid() + 1, 19));
	FAILS(EINVAL, setpriority(7, 0, 19));

	enum { LARGE = (1 << 20) + 12345 };
	unsigned char *data = calloc(1, LARGE), *other = malloc(32);
	CHECK(getrandom(data, LARGE, 0) == LARGE);
	int zeros = 0;
	for (int i = LARGE - 1000; i < LARGE; i++) zeros += data[i] == 0;
	CHECK(zeros < 100);
	CHECK(getentropy(other, 32) == 0 && memcmp(data, other, 32) != 0);
	FAILS(EINVAL, getrandom(other, 32, 0x80));
	free(data);
	free(other);

	char *const none[] = { NULL };
	pid_t child;
	FAILS(EPERM, fork());
	FAILS(EPERM, execv("/bin/sh", none));
	CHECK(posix_spawn(&child, "/bin/sh", NULL, NULL, none, none) == EPERM);
	CHECK(system("true") == -1 && system(NULL) != -1);
	FAILS(EPERM, popen("true", "r") ? 0 : -1);
	FAILS(ECHILD, wait(NULL));
}
