/* Scheduling of the one process, which is the controller's: it can be looked at, and stays what it is. musl refuses to say. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>

#include "layer.h"

static int answer(int error)
{
	if (!error) return 0;
	errno = error;
	return -1;
}

static int known(pid_t pid)
{
	if (pid < 0) return EINVAL;
	return pid == 0 || pid == layer_identity(0) ? 0 : ESRCH;
}

/* The one policy has the one priority 0. Others are for the privileged. */
static int check(int policy, const struct sched_param *wanted)
{
	if (!wanted) return EINVAL;
	switch (policy) {
	case SCHED_OTHER:
		return wanted->sched_priority == 0 ? 0 : EINVAL;
	case SCHED_BATCH:
	case SCHED_IDLE:
		return wanted->sched_priority == 0 ? EPERM : EINVAL;
	case SCHED_FIFO:
	case SCHED_RR:
		return wanted->sched_priority >= 1 && wanted->sched_priority <= 99 ? EPERM : EINVAL;
	default:
		return EINVAL;
	}
}

int sched_getscheduler(pid_t pid)
{
	int error = known(pid);
	return error ? answer(error) : SCHED_OTHER;
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *wanted)
{
	int error = known(pid);
	return answer(error ? error : check(policy, wanted));
}

int sched_getparam(pid_t pid, struct sched_param *result)
{
	int error = known(pid);
	if (!error) *result = (struct sched_param){ 0 };
	return answer(error);
}

int sched_setparam(pid_t pid, const struct sched_param *wanted)
{
	return sched_setscheduler(pid, SCHED_OTHER, wanted);
}

/* No slice of time ends, as nobody waits for it. */
int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
	int error = known(pid);
	if (!error) *interval = (struct timespec){ 0 };
	return answer(error);
}

/* How nice the process says it is. Nobody is there to be nice to, so it is only remembered. */
static int niceness;

/* Of the process, its group or its user: all are this one. */
static long addressed(int which, int who)
{
	static const unsigned own[] = { [PRIO_PROCESS] = 0, [PRIO_PGRP] = 6, [PRIO_USER] = 2 };
	if (which < PRIO_PROCESS || which > PRIO_USER) return -EINVAL;
	return who == 0 || who == layer_identity(own[which]) ? 0 : -ESRCH;
}

/* The kernel's answer is 20 - nice. */
long layer_getpriority(int which, int who)
{
	long result = addressed(which, who);
	return result < 0 ? result : 20 - niceness;
}

/* Without privileges one can only become nicer. */
long layer_setpriority(int which, int who, int nice)
{
	long result = addressed(which, who);
	if (result < 0) return result;
	if (nice < -20) nice = -20;
	if (nice > 19) nice = 19;
	if (nice < niceness) return -EACCES;
	niceness = nice;
	return 0;
}
