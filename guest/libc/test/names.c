/* Names of hosts that need no network. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include "check.h"

static int first(const char *name, int family, int flags, char *text)
{
	struct addrinfo hints = { .ai_family = family, .ai_flags = flags, .ai_socktype = SOCK_STREAM }, *list;
	int error = getaddrinfo(name, "80", &hints, &list);
	if (error) return error;
	error = getnameinfo(list->ai_addr, list->ai_addrlen, text, 64, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(list);
	return error;
}

void test_names(void)
{
	char text[64];
	CHECK(first("192.0.2.7", AF_UNSPEC, 0, text) == 0 && !strcmp(text, "192.0.2.7"));
	CHECK(first("2001:db8::1", AF_UNSPEC, AI_NUMERICHOST, text) == 0 && !strcmp(text, "2001:db8::1"));
	CHECK(first("192.0.2.7", AF_INET6, AI_V4MAPPED, text) == 0 && !strcmp(text, "::ffff:192.0.2.7"));
	CHECK(first(NULL, AF_INET, 0, text) == 0 && !strcmp(text, "127.0.0.1"));
	CHECK(first(NULL, AF_INET, AI_PASSIVE, text) == 0 && !strcmp(text, "0.0.0.0"));
	CHECK(first("localhost", AF_INET, 0, text) == 0 && !strcmp(text, "127.0.0.1"));
	CHECK(first("localhost", AF_INET6, 0, text) == 0 && !strcmp(text, "::1"));
	char own[65];
	CHECK(gethostname(own, sizeof own) == 0 && first(own, AF_INET, 0, text) == 0 && !strcmp(text, "127.0.1.1"));
	CHECK(first(own, AF_INET6, 0, text) == 0 && !strcmp(text, "::1"));
	CHECK(first("a name", AF_UNSPEC, AI_NUMERICHOST, text) == EAI_NONAME);
	CHECK(first("example.invalid", AF_UNSPEC, 0, text) != 0);
	CHECK(gethostbyname("127.0.0.1") != NULL);
	struct in_addr in;
	CHECK(inet_aton("10.1.2.3", &in) && !strcmp(inet_ntoa(in), "10.1.2.3") && inet_pton(AF_INET6, "zz", text) == 0);

	char name[IF_NAMESIZE];
	struct if_nameindex *list = if_nameindex();
	CHECK(list && list[0].if_index == 1 && !strcmp(list[0].if_name, "lo") && list[1].if_index == 0);
	if_freenameindex(list);
	CHECK(if_nametoindex("lo") == 1 && if_indextoname(1, name) == name && !strcmp(name, "lo"));
	CHECK(if_nametoindex("eth0") == 0 && errno == ENODEV && !if_indextoname(7, name) && errno == ENXIO);
}
