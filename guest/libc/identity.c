/* Who the guest is. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/utsname.h>

#include "layer.h"

long layer_identity(unsigned which)
{
	int value;
	uint32_t error = sallyport_identity(which, &value);
	return error ? failed(error) : value;
}

long layer_getgroups(int count, uint32_t *groups)
{
	long group = layer_identity(4);
	if (group < 0 || count == 0) return group < 0 ? group : 1;
	if (count < 0) return -EINVAL;
	groups[0] = (uint32_t)group;
	return 1;
}

long layer_resid(unsigned real, unsigned effective, uint32_t *first, uint32_t *second, uint32_t *third)
{
	long id = layer_identity(real), now = layer_identity(effective);
	if (id < 0 || now < 0) return id < 0 ? id : now;
	*first = (uint32_t)id;
	*second = *third = (uint32_t)now;
	return 0;
}

/* Nobody can become somebody else; to stay what one is, or -1, is allowed. */
long layer_setid(unsigned current, long wanted)
{
	long id = layer_identity(current);
	if (id < 0) return id;
	return wanted == -1 || wanted == id ? 0 : -EPERM;
}

/* Process group or session of a process: there is one. */
long layer_process_of(unsigned which, int pid)
{
	if (pid < 0) return -ESRCH;
	if (pid != 0 && pid != layer_identity(0)) return -ESRCH;
	return layer_identity(which);
}

long layer_uname(struct utsname *names)
{
	char buffer[sizeof *names], *to[] = { names->sysname, names->nodename, names->release, names->version,
		names->machine };
	uint32_t length, at = 0;
	uint32_t error = sallyport_uname(buffer, sizeof buffer, &length);
	if (error) return failed(error);
	if (length > sizeof buffer) length = sizeof buffer;
	memset(names, 0, sizeof *names);
	for (size_t i = 0; i < sizeof to / sizeof *to && at < length; i++) {
		size_t size = strnlen(buffer + at, length - at);
		memcpy(to[i], buffer + at, size < sizeof names->sysname ? size : sizeof names->sysname - 1);
		at += (uint32_t)size + 1;
	}
	return 0;
}

long layer_umask(unsigned mask)
{
	int old;
	uint32_t error = sallyport_umask((int)(mask & 0777), &old);
	return error ? failed(error) : old;
}
