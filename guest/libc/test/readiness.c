/* poll and select. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <unistd.h>

#include "check.h"

static int check_poll(int fd, short events, int timeout)
{
	struct pollfd one = { .fd = fd, .events = events, .revents = 0x7f };
	int count = poll(&one, 1, timeout);
	return count < 0 ? -1 : count == 0 ? 0 : one.revents;
}

void test_readiness(void)
{
	int fds[2];
	char buffer[8];
	CHECK(pipe(fds) == 0);
	CHECK(check_poll(fds[0], POLLIN, 0) == 0 && check_poll(fds[0], POLLIN, 10) == 0 && check_poll(fds[1], POLLOUT, -1) == POLLOUT);
	CHECK(write(fds[1], "x", 1) == 1 && check_poll(fds[0], POLLIN, -1) == POLLIN);
	CHECK(check_poll(777, POLLIN, -1) == POLLNVAL && check_poll(-1, POLLIN, 0) == 0);
	CHECK(poll(NULL, 0, 1) == 0);

	fd_set read_set, write_set;
	struct timeval none = { 0 };
	FD_ZERO(&read_set);
	FD_ZERO(&write_set);
	FD_SET(fds[0], &read_set);
	FD_SET(fds[1], &write_set);
	CHECK(select(fds[1] + 1, &read_set, &write_set, NULL, &none) == 2);
	CHECK(FD_ISSET(fds[0], &read_set) && FD_ISSET(fds[1], &write_set));
	CHECK(read(fds[0], buffer, 8) == 1);
	CHECK(select(fds[1] + 1, &read_set, NULL, NULL, &(struct timeval){ .tv_usec = 1000 }) == 0 && !FD_ISSET(fds[0], &read_set));
	FD_SET(900, &read_set);
	FAILS(EBADF, select(901, &read_set, NULL, NULL, &none));
	FAILS(EINVAL, select(-1, NULL, NULL, NULL, &none));
	CHECK(select(0, NULL, NULL, NULL, &(struct timeval){ .tv_usec = 1000 }) == 0);

	CHECK(close(fds[1]) == 0 && check_poll(fds[0], POLLIN, -1) & POLLHUP);
	CHECK(close(fds[0]) == 0);
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK(check_poll(fd, POLLIN | POLLOUT, -1) == (POLLIN | POLLOUT) && close(fd) == 0);
}
