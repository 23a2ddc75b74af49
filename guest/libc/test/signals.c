/* Signals to oneself. */
#define _GNU_SOURCE
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t count, last, nested;

static void handler(int signal)
{
	count++;
	last = signal;
}

static void with_information(int signal, siginfo_t *info, void *context)
{
	CHECK(info->si_signo == signal && info->si_pid == getpid() && context);
	count++;
}

/* While a handler runs, its signal waits. */
static void raises_itself(int signal)
{
	int before = count++;
	if (before == 0) {
		raise(signal);
		nested = count != 1;
	}
}

void test_signals(void)
{
	sigset_t set, old;
	struct sigaction action = { .sa_handler = handler };

	CHECK(signal(SIGUSR1, handler) == SIG_DFL);
	CHECK(raise(SIGUSR1) == 0 && count == 1 && last == SIGUSR1);
	CHECK(kill(getpid(), SIGUSR1) == 0 && count == 2);
	CHECK(kill(getpid(), 0) == 0 && count == 2);
	FAILS(EINVAL, kill(getpid(), 65));
	CHECK(kill(4711, SIGUSR1) == -1);
	CHECK(signal(SIGUSR1, SIG_IGN) == handler && raise(SIGUSR1) == 0 && count == 2);
	CHECK(raise(SIGCHLD) == 0 && raise(SIGWINCH) == 0);

	action.sa_flags = SA_RESETHAND;
	CHECK(sigaction(SIGWINCH, &action, NULL) == 0);
	CHECK(raise(SIGWINCH) == 0 && count == 3);
	CHECK(raise(SIGWINCH) == 0 && count == 3);
	action = (struct sigaction){ .sa_sigaction = with_information, .sa_flags = SA_SIGINFO };
	CHECK(sigaction(SIGTERM, &action, NULL) == 0 && raise(SIGTERM) == 0 && count == 4);
	FAILS(EINVAL, sigaction(SIGKILL, &action, NULL));

	/* Blocked signals wait, once. */
	action = (struct sigaction){ .sa_handler = handler };
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0 && !sigismember(&old, SIGUSR2));
	CHECK(raise(SIGUSR2) == 0 && raise(SIGUSR2) == 0 && count == 4);
	CHECK(sigpending(&old) == 0 && sigismember(&old, SIGUSR2));
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && count == 5 && last == SIGUSR2);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGUSR2) == 0);
	CHECK(sigwaitinfo(&set, NULL) == SIGUSR2 && count == 5);
	FAILS(EAGAIN, sigtimedwait(&set, NULL, &(struct timespec){ .tv_nsec = 1 }));
	CHECK(raise(SIGUSR2) == 0);
	sigemptyset(&old);
	FAILS(EINTR, sigsuspend(&old));
	CHECK(count == 6);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && count == 6);

	count = 0;
	signal(SIGUSR1, raises_itself);
	CHECK(raise(SIGUSR1) == 0 && count == 2 && !nested);

	/* A broken pipe. */
	int fds[2];
	count = 0;
	CHECK(signal(SIGPIPE, handler) == SIG_DFL && pipe(fds) == 0 && close(fds[0]) == 0);
	FAILS(EPIPE, write(fds[1], "x", 1));
	CHECK(count == 1 && last == SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	FAILS(EPIPE, write(fds[1], "x", 1));
	CHECK(count == 1 && close(fds[1]) == 0);
}
