/* Sockets within the guest; others would need a network. */
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

/* A server and its client in one process, over the guest's own loopback. */
static void connections(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, peer;
	socklen_t size = sizeof address;
	char buffer[16];
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(bind(server, (struct sockaddr *)&address, sizeof address) == 0 && listen(server, 5) == 0);
	CHECK(getsockname(server, (struct sockaddr *)&address, &size) == 0 && address.sin_port != 0 && size == sizeof address);
	FAILS(ENOTCONN, getpeername(client, (struct sockaddr *)&peer, &size));
	CHECK(connect(client, (struct sockaddr *)&address, sizeof address) == 0);
	FAILS(EISCONN, connect(client, (struct sockaddr *)&address, sizeof address));
	size = sizeof peer;
	int connection = accept4(server, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
	CHECK(connection >= 0 && fcntl(connection, F_GETFD) == FD_CLOEXEC && peer.sin_port != 0);
	CHECK(send(client, "to", 2, 0) == 2 && recv(connection, buffer, 16, 0) == 2 && send(connection, "fro", 3, 0) == 3);
	CHECK(recv(client, buffer, 16, 0) == 3 && !memcmp(buffer, "fro", 3));
	FAILS(EAGAIN, recv(client, buffer, 16, 0));
	CHECK(close(client) == 0 && recv(connection, buffer, 16, 0) == 0 && close(connection) == 0 && close(server) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	FAILS(ECONNREFUSED, connect(client, (struct sockaddr *)&address, sizeof address));
	address.sin_addr.s_addr = htonl(0xc0000201);
	FAILS(EACCES, connect(client, (struct sockaddr *)&address, sizeof address));
	FAILS(EADDRNOTAVAIL, bind(client, (struct sockaddr *)&address, sizeof address));
	CHECK(close(client) == 0);

	int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
	address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	CHECK(bind(one, (struct sockaddr *)&address, sizeof address) == 0);
	size = sizeof address;
	CHECK(getsockname(one, (struct sockaddr *)&address, &size) == 0);
	CHECK(sendto(two, "packet", 6, 0, (struct sockaddr *)&address, sizeof address) == 6);
	size = sizeof peer;
	CHECK(recvfrom(one, buffer, 16, 0, (struct sockaddr *)&peer, &size) == 6 && size == sizeof peer && peer.sin_port != 0);
	CHECK(close(one) == 0 && close(two) == 0);
}

void test_sockets(void)
{
	connections();
	int pair[2], value = 0, count = 0;
	char buffer[64], second[4];
	socklen_t size = sizeof value;
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
