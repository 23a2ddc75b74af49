/* Sockets. Addresses have Linux's layout on both sides. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "layer.h"

long layer_socket(int domain, int type, int protocol)
{
	int fd;
	uint32_t error = sallyport_socket((uint32_t)domain, (uint32_t)type, (uint32_t)protocol, &fd);
	return error ? failed(error) : fd;
}

long layer_socketpair(int domain, int type, int protocol, int fds[2])
{
	return failed(sallyport_socketpair((uint32_t)domain, (uint32_t)type, (uint32_t)protocol, fds));
}

/* Capacity of an out-address, of which the caller may want none. */
static uint32_t capacity(const void *address, const uint32_t *size)
{
	return address && size ? *size : 0;
}

long layer_accept(int fd, void *address, uint32_t *size, unsigned flags)
{
	int connection;
	uint32_t length;
	uint32_t error = sallyport_accept(fd, flags, address, capacity(address, size), &length, &connection);
	if (error) return failed(error);
	if (address && size) *size = length;
	return connection;
}

long layer_sendto(int fd, const void *data, size_t size, unsigned flags, const void *address, uint32_t address_size)
{
	uint32_t length;
	if (size > MAX_COUNT) size = MAX_COUNT;
	uint32_t error = sallyport_send(fd, data, size, flags, address, address ? address_size : 0, &length);
	if (error == EPIPE && !(flags & MSG_NOSIGNAL)) raise_signal(SIGPIPE);
	return error ? failed(error) : (long)length;
}

long layer_recvfrom(int fd, void *data, size_t size, unsigned flags, void *address, uint32_t *address_size)
{
	uint32_t length, address_length;
	if (size > MAX_COUNT) size = MAX_COUNT;
	uint32_t error = sallyport_receive(fd, data, size, flags, &length, address, capacity(address, address_size),
		&address_length);
	if (error) return failed(error);
	if (address && address_size) *address_size = address_length;
	return (long)length;
}

/* Bytes of all buffers; negative where that is more than a message may have. */
static long size_of(const struct msghdr *message)
{
	size_t sum = 0;
	if (message->msg_iovlen < 0 || message->msg_iovlen > 1024) return -EMSGSIZE;
	for (int i = 0; i < message->msg_iovlen; i++) {
		if (message->msg_iov[i].iov_len > MAX_COUNT - sum) return -EINVAL;
		sum += message->msg_iov[i].iov_len;
	}
	return (long)(sum < MAX_DATA ? sum : MAX_DATA);
}

/* Nothing can travel besides the data: there is no other process that could receive a descriptor. */
long layer_sendmsg(int fd, const struct msghdr *message, unsigned flags)
{
	long size = size_of(message);
	if (size < 0) return size;
	if (message->msg_controllen) return -EOPNOTSUPP;
	if (message->msg_iovlen == 1)
		return layer_sendto(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len, flags,
			message->msg_name, message->msg_namelen);
	char *data = malloc((size_t)size + 1);
	if (!data) return -ENOMEM;
	size_t used = 0;
	for (int i = 0; i < message->msg_iovlen && used < (size_t)size; i++) {
		size_t part = message->msg_iov[i].iov_len;
		if (part > (size_t)size - used) part = (size_t)size - used;
		memcpy(data + used, message->msg_iov[i].iov_base, part);
		used += part;
	}
	long result = layer_sendto(fd, data, used, flags, message->msg_name, message->msg_namelen);
	free(data);
	return result;
}

long layer_recvmsg(int fd, struct msghdr *message, unsigned flags)
{
	long size = size_of(message);
	if (size < 0) return size;
	uint32_t *name_size = message->msg_name ? &message->msg_namelen : NULL;
	char *data = malloc((size_t)size + 1);
	if (!data) return -ENOMEM;
	/* MSG_TRUNC: a packet's whole length is answered, which tells whether it was cut. */
	long result = layer_recvfrom(fd, data, (size_t)size, flags | MSG_TRUNC, message->msg_name, name_size);
	if (result >= 0) {
		size_t left = result < size ? (size_t)result : (size_t)size, used = 0;
		for (int i = 0; i < message->msg_iovlen && left > 0; i++) {
			size_t part = message->msg_iov[i].iov_len;
			if (part > left) part = left;
			memcpy(message->msg_iov[i].iov_base, data + used, part);
			used += part;
			left -= part;
		}
		message->msg_controllen = 0;
		message->msg_flags = result > size ? MSG_TRUNC : 0;
		if (result > size && !(flags & MSG_TRUNC)) result = size;
	}
	free(data);
	return result;
}

long layer_sockname(int fd, unsigned which, void *address, uint32_t *size)
{
	uint32_t length;
	uint32_t error = sallyport_sockname(fd, which, address, *size, &length);
	if (!error) *size = length;
	return failed(error);
}

long layer_getsockopt(int fd, int level, int option, void *value, uint32_t *size)
{
	uint32_t length;
	if (*size > 0x7fffffff) return -EINVAL;
	uint32_t error = sallyport_getsockopt(fd, level, option, value, *size, &length);
	if (!error && length < *size) *size = length;
	return failed(error);
}

long layer_setsockopt(int fd, int level, int option, const void *value, uint32_t size)
{
	if (size > 0x7fffffff) return -EINVAL;
	return failed(sallyport_setsockopt(fd, level, option, value, size));
}
