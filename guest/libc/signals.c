/* Signals that the guest sends to itself.
 *
 * Those from outside do not come this way: the runtime trips them in the interpreter, between two of its instructions. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

#include "layer.h"

/* As musl hands it over (its internal ksigaction.h). */
struct k_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint32_t mask[2];
};

enum { SIGNALS = 64 };

static struct k_sigaction actions[SIGNALS + 1];
static uint64_t blocked, pending;

static uint64_t bit(int signal)
{
	return 1ull << (signal - 1);
}

/* These cannot be blocked, caught or ignored. */
static const uint64_t FORCED = 1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1);

static bool is_harmless(int signal)
{
	switch (signal) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return true;
	default:
		return false;
	}
}

_Noreturn void leave(int status)
{
	save_mappings();
	sallyport_exit((uint32_t)status & 255);
	__builtin_trap();
}

static _Noreturn void die(int signal)
{
	if (signal == SIGABRT) {
		static const char message[] = "Aborted\n";
		uint32_t length;
		sallyport_write(2, message, sizeof message - 1, &length);
		__builtin_trap();
	}
	leave(128 + signal);
}

static void act(int signal);

static void act_on_pending(void)
{
	uint64_t ready;
	while ((ready = pending & ~blocked) != 0) {
		int signal = __builtin_ctzll(ready) + 1;
		pending &= ~bit(signal);
		act(signal);
	}
}

static void act(int signal)
{
	struct k_sigaction action = actions[signal];
	if (action.handler == SIG_IGN) return;
	if (action.handler == SIG_DFL) {
		if (!is_harmless(signal)) die(signal);
		return;
	}
	uint64_t before = blocked;
	blocked |= (action.mask[0] | (uint64_t)action.mask[1] << 32) & ~FORCED;
	if (!(action.flags & SA_NODEFER)) blocked |= bit(signal);
	if (action.flags & SA_RESETHAND) actions[signal].handler = SIG_DFL;
	int error = errno;
	if (action.flags & SA_SIGINFO) {
		siginfo_t info = { .si_signo = signal, .si_code = SI_USER };
		ucontext_t context;
		memset(&context, 0, sizeof context);
		info.si_pid = (int)layer_identity(0);
		info.si_uid = (uint32_t)layer_identity(2);
		((void (*)(int, siginfo_t *, void *))(void (*)(void))action.handler)(signal, &info, &context);
	} else {
		action.handler(signal);
	}
	errno = error;
	blocked = before;
	act_on_pending();
}

void raise_signal(int signal)
{
	if (blocked & bit(signal)) {
		if (actions[signal].handler != SIG_IGN) pending |= bit(signal);
		return;
	}
	act(signal);
}

uint64_t swap_mask(uint64_t mask)
{
	uint64_t before = blocked;
	blocked = mask & ~FORCED;
	act_on_pending();
	return before;
}

long layer_sigaction(int signal, const struct k_sigaction *wanted, struct k_sigaction *old, size_t size)
{
	if (size != sizeof blocked || signal < 1 || signal > SIGNALS) return -EINVAL;
	if (wanted && bit(signal) & FORCED) return -EINVAL;
	if (old) *old = actions[signal];
	if (wanted) {
		actions[signal] = *wanted;
		if (wanted->handler == SIG_IGN || (wanted->handler == SIG_DFL && is_harmless(signal)))
			pending &= ~bit(signal);
	}
	return 0;
}

long layer_sigprocmask(int how, const uint64_t *set, uint64_t *old, size_t size)
{
	uint64_t before = blocked;
	if (size != sizeof blocked) return -EINVAL;
	if (set) {
		if (how == SIG_BLOCK) swap_mask(before | *set);
		else if (how == SIG_UNBLOCK) swap_mask(before & ~*set);
		else if (how == SIG_SETMASK) swap_mask(*set);
		else return -EINVAL;
	}
	if (old) *old = before;
	return 0;
}

long layer_sigpending(uint64_t *set, size_t size)
{
	if (size > sizeof pending) return -EINVAL;
	*set = pending & blocked;
	return 0;
}

long layer_sigsuspend(const uint64_t *mask, size_t size)
{
	if (size != sizeof blocked) return -EINVAL;
	bool acts = (pending & ~*mask) != 0;
	uint64_t before = swap_mask(*mask);
	if (!acts) wait_for(NULL, 0, -1);
	swap_mask(before);
	return -EINTR;
}

/* A signal of the set that is pending is taken; none comes while the only thread waits here. */
long layer_sigtimedwait(const uint64_t *set, void *info, const struct timespec *timeout, size_t size)
{
	int64_t limit = -1;
	if (size != sizeof pending) return -EINVAL;
	if (timeout) {
		if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= SECOND) return -EINVAL;
		limit = to_nanoseconds(timeout->tv_sec, timeout->tv_nsec);
	}
	if (!(pending & *set)) {
		long result = limit == 0 ? 0 : wait_for(NULL, 0, limit);
		return result < 0 ? result : -EAGAIN;
	}
	int signal = __builtin_ctzll(pending & *set) + 1;
	pending &= ~bit(signal);
	if (info) {
		siginfo_t *result = info;
		*result = (siginfo_t){ .si_signo = signal, .si_code = SI_USER };
		result->si_pid = (int)layer_identity(0);
		result->si_uid = (uint32_t)layer_identity(2);
	}
	return signal;
}

/* Handlers run on the one stack there is; the other is only remembered. */
long layer_sigaltstack(const void *wanted, void *old)
{
	static stack_t alternate = { .ss_flags = SS_DISABLE };
	const stack_t *stack = wanted;
	if (old) *(stack_t *)old = alternate;
	if (!stack) return 0;
	if (stack->ss_flags & ~SS_DISABLE) return -EINVAL;
	if (!(stack->ss_flags & SS_DISABLE) && stack->ss_size < MINSIGSTKSZ) return -ENOMEM;
	alternate = *stack;
	return 0;
}

long layer_kill(int pid, int signal)
{
	if (signal < 0 || signal > SIGNALS) return -EINVAL;
	long self = layer_identity(0);
	if (pid != self && pid != 0 && pid != -layer_identity(6)) return failed(sallyport_kill(pid, (uint32_t)signal));
	if (signal) raise_signal(signal);
	return 0;
}
