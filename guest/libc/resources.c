/* Resources: what was used, what there is, randomness. */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "layer.h"

/* As the 32-bit kernel lays it out, which musl expects: user and system time as pairs, the peak of memory in KiB. */
long layer_getrusage(int who, long *usage)
{
	uint64_t from[3] = { 0 };
	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != 1 /* RUSAGE_THREAD */) return -EINVAL;
	uint32_t error = who == RUSAGE_CHILDREN ? 0 : sallyport_usage(from);
	if (error) return failed(error);
	memset(usage, 0, 18 * sizeof *usage);
	usage[0] = (long)(from[0] / SECOND);
	usage[1] = (long)(from[0] % SECOND / 1000);
	usage[2] = (long)(from[1] / SECOND);
	usage[3] = (long)(from[1] % SECOND / 1000);
	usage[4] = (long)(from[2] / 1024);
	return 0;
}

/* Limits are set by the controller; the guest may look at them, and lower none. */
long layer_prlimit(int pid, unsigned resource, const uint64_t *wanted, uint64_t *current)
{
	uint64_t limit = ~0ull;
	if (resource >= RLIM_NLIMITS) return -EINVAL;
	if (pid != 0 && pid != layer_identity(0)) return -ESRCH;
	if (resource == RLIMIT_NOFILE) limit = MAX_DESCRIPTORS;
	if (resource == RLIMIT_STACK) limit = 8 << 20;
	if (resource == RLIMIT_CORE || resource == RLIMIT_NPROC) limit = 0;
	if (current) current[0] = current[1] = limit;
	if (!wanted) return 0;
	if (wanted[0] > wanted[1]) return -EINVAL;
	return wanted[0] == limit && wanted[1] == limit ? 0 : -EPERM;
}

long layer_sysinfo(struct sysinfo *info)
{
	*info = (struct sysinfo){
		.uptime = (unsigned long)(now() / SECOND),
		.totalram = __builtin_wasm_memory_size(0) * 16,
		.freeram = free_pages(),
		.procs = 1,
		.mem_unit = PAGE,
	};
	return 0;
}

long layer_getaffinity(int pid, size_t size, unsigned long *mask)
{
	if (pid != 0 && pid != layer_identity(0)) return -ESRCH;
	if (size < sizeof *mask) return -EINVAL;
	*mask = 1;
	return sizeof *mask;
}

/* There is one processor to run on. */
long layer_setaffinity(int pid, size_t size, const unsigned long *mask)
{
	if (pid != 0 && pid != layer_identity(0)) return -ESRCH;
	return size >= sizeof *mask && *mask & 1 ? 0 : -EINVAL;
}

long layer_getrandom(void *data, size_t size, unsigned flags)
{
	size_t done = 0;
	if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | 4 /* GRND_INSECURE */)) return -EINVAL;
	if (size > MAX_COUNT) size = MAX_COUNT;
	while (done < size) {
		uint32_t length, wanted = size - done > MAX_DATA ? MAX_DATA : (uint32_t)(size - done);
		uint32_t error = sallyport_random((char *)data + done, wanted, &length);
		if (error) return done ? (long)done : failed(error);
		if (length == 0) return -EIO;
		done += length;
	}
	return (long)done;
}
