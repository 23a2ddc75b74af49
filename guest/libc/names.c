/* Names of hosts and users, where musl would ask services over sockets. */
#define _GNU_SOURCE
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "layer.h"

/* As in musl's internal lookup.h: what getaddrinfo and gethostbyname are built on. */
struct address {
	int family;
	unsigned scope;
	uint8_t bytes[16];
	int sort_key;
};
enum { MAX_ADDRESSES = 48, MAX_NAME = 256 };

int __lookup_ipliteral(struct address result[1], const char *name, int family);

#define ANY "\0\0\0\0"
#define LOOPBACK "\177\0\0\1"
/* As /etc/hosts has it: from the address the name is found again. */
#define OWN "\177\0\1\1"

/* The addresses that need nobody to ask: of IPv4 the given one, of IPv6 the one that goes with it. */
static int known(struct address *result, int family, const char *address)
{
	int count = 0;
	if (family != AF_INET6) {
		result[count] = (struct address){ .family = AF_INET };
		memcpy(result[count++].bytes, address, 4);
	}
	if (family != AF_INET) {
		result[count] = (struct address){ .family = AF_INET6 };
		result[count++].bytes[15] = *address != 0;
	}
	return count;
}

static bool is_own_name(const char *name)
{
	struct utsname names;
	return layer_uname(&names) == 0 && *names.nodename && !strcasecmp(name, names.nodename);
}

/* One answer of the controller. False where it is of no use. */
static bool parse(const uint8_t *data, size_t size, int family, struct address *result)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	*result = (struct address){ .family = family };
	if (family == AF_INET && size >= sizeof in) {
		memcpy(&in, data, sizeof in);
		memcpy(result->bytes, &in.sin_addr, 4);
		return true;
	}
	if (family == AF_INET6 && size >= sizeof in6) {
		memcpy(&in6, data, sizeof in6);
		memcpy(result->bytes, &in6.sin6_addr, 16);
		result->scope = in6.sin6_scope_id;
		return true;
	}
	return false;
}

static int ask(struct address *result, const char *name, int family)
{
	uint8_t data[MAX_ADDRESSES * (4 + sizeof(struct sockaddr_in6))];
	uint32_t size;
	int count = 0;
	switch (sallyport_resolve(name, strlen(name), (uint32_t)family, data, sizeof data, &size)) {
	case 0:
		break;
	case ENOENT:
		return EAI_NONAME;
	case EAGAIN:
		return EAI_AGAIN;
	default:
		return EAI_FAIL;
	}
	if (size > sizeof data) size = sizeof data;
	for (uint32_t at = 0; size - at >= 4 && count < MAX_ADDRESSES;) {
		uint16_t head[2];
		memcpy(head, data + at, sizeof head);
		at += sizeof head;
		if (head[1] > size - at) break;
		if ((family == AF_UNSPEC || family == head[0]) && parse(data + at, head[1], head[0], result + count)) count++;
		at += head[1];
	}
	return count ? count : EAI_NODATA;
}

/* IPv4 addresses as IPv6 ones; where both are there, only with AI_ALL. */
static int map_to_ipv6(struct address *addresses, int count, bool all)
{
	int kept = 0;
	bool native = false;
	for (int i = 0; i < count; i++) native |= addresses[i].family == AF_INET6;
	for (int i = 0; i < count; i++) {
		struct address address = addresses[i];
		if (address.family == AF_INET) {
			if (native && !all) continue;
			memcpy(address.bytes + 12, address.bytes, 4);
			memcpy(address.bytes, "\0\0\0\0\0\0\0\0\0\0\377\377", 12);
			address.family = AF_INET6;
		}
		addresses[kept++] = address;
	}
	return kept;
}

int __lookup_name(struct address result[static MAX_ADDRESSES], char canonical[static MAX_NAME], const char *name,
	int family, int flags)
{
	int count;
	bool map = flags & AI_V4MAPPED && family == AF_INET6;
	if (map) family = AF_UNSPEC;
	*canonical = 0;
	if (!name) {
		count = known(result, family, flags & AI_PASSIVE ? ANY : LOOPBACK);
	} else {
		size_t size = strnlen(name, MAX_NAME);
		if (size == 0 || size >= MAX_NAME) return EAI_NONAME;
		memcpy(canonical, name, size + 1);
		count = __lookup_ipliteral(result, name, family);
		if (!count && flags & AI_NUMERICHOST) return EAI_NONAME;
		if (!count && !strcasecmp(name, "localhost")) count = known(result, family, LOOPBACK);
		if (!count && is_own_name(name)) count = known(result, family, OWN);
		if (!count) count = ask(result, name, family);
	}
	if (count > 0 && map) count = map_to_ipv6(result, count, flags & AI_ALL);
	return count;
}

/* The one network interface: that of the guest's own loopback. musl would ask by sockets for them. */
static const struct if_nameindex interfaces[] = { { 1, "lo" }, { 0, NULL } };

struct if_nameindex *if_nameindex(void)
{
	struct if_nameindex *copy = malloc(sizeof interfaces);
	if (copy) memcpy(copy, interfaces, sizeof interfaces);
	else errno = ENOBUFS;
	return copy;
}

void if_freenameindex(struct if_nameindex *list)
{
	free(list);
}

unsigned if_nametoindex(const char *name)
{
	if (!strcmp(name, interfaces->if_name)) return interfaces->if_index;
	errno = ENODEV;
	return 0;
}

char *if_indextoname(unsigned index, char *name)
{
	if (index == interfaces->if_index) return strcpy(name, interfaces->if_name);
	errno = ENXIO;
	return NULL;
}

/* The name service cache of users and groups: there is none, which is no error. */
FILE *__nscd_query(int32_t request, const char *key, int32_t *answer, size_t size, int *swap)
{
	static const int32_t version = 2;
	(void)request;
	(void)key;
	*swap = 0;
	memset(answer, 0, size);
	answer[0] = version;
	return fopen("/dev/null", "re");
}
