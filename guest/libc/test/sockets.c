/* Sockets within the guest; others need a network, which the runner does not give. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

void test_sockets(void)
{
	int pair[2], value = 0, count = 0;
	char buffer[64], second[4];
	socklen_t size = sizeof value;
	FAILS(EACCES, socket(AF_INET, SOCK_STREAM, 0));
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && fcntl(pair[0], F_GETFD) == FD_CLOEXEC);
	CHECK(send(pair[0], "hello", 5, 0) == 5 && recv(pair[1], buffer, sizeof buffer, MSG_PEEK) == 5);
	CHECK(ioctl(pair[1], FIONREAD, &count) == 0 && count == 5);
	CHECK(recv(pair[1], buffer, 3, 0) == 3 && read(pair[1], buffer + 3, 5) == 2 && !memcmp(buffer, "hello", 5));
	FAILS(EAGAIN, recv(pair[1], buffer, 5, MSG_DONTWAIT));
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_STREAM && size == sizeof value);
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);

	struct iovec out[2] = { { "scatter", 7 }, { "ed", 2 } }, in[2] = { { second, 4 }, { buffer, sizeof buffer } };
	struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };
	CHECK(sendmsg(pair[1], &message, 0) == 9);
	message = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2 };
	CHECK(recvmsg(pair[0], &message, 0) == 9 && !memcmp(second, "scat", 4) && !memcmp(buffer, "tered", 5) && message.msg_controllen == 0);
	struct sockaddr_un address;
	size = sizeof address;
	CHECK(getsockname(pair[0], (struct sockaddr *)&address, &size) == 0 && address.sun_family == AF_UNIX);

	CHECK(shutdown(pair[0], SHUT_WR) == 0 && recv(pair[1], buffer, 5, 0) == 0 && send(pair[1], "x", 1, 0) == 1);
	FAILS(EPIPE, send(pair[0], "x", 1, MSG_NOSIGNAL));
	CHECK(close(pair[0]) == 0);
	FAILS(EPIPE, send(pair[1], "x", 1, MSG_NOSIGNAL));
	CHECK(close(pair[1]) == 0);
	FAILS(EBADF, send(pair[1], "x", 1, 0));
	int fds[2];
	CHECK(pipe(fds) == 0);
	FAILS(ENOTSOCK, send(fds[1], "x", 1, 0));
	FAILS(ENOTSOCK, getsockopt(fds[1], SOL_SOCKET, SO_TYPE, &value, &size));
	CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK(send(pair[0], "one", 3, 0) == 3 && send(pair[0], "second", 6, 0) == 6);
	CHECK(recv(pair[1], buffer, sizeof buffer, 0) == 3 && recv(pair[1], buffer, 2, MSG_TRUNC) == 6);
	CHECK(send(pair[0], "longer than that", 16, 0) == 16);
	in[0] = (struct iovec){ second, 4 };
	message = (struct msghdr){ .msg_iov = in, .msg_iovlen = 1 };
	CHECK(recvmsg(pair[1], &message, 0) == 4 && message.msg_flags == MSG_TRUNC && !memcmp(second, "long", 4));
	CHECK(close(pair[0]) == 0 && close(pair[1]) == 0);
}
