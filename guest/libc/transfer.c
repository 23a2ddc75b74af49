/* Reading and writing.
 *
 * An operation carries MAX_DATA bytes at most, so a longer transfer takes several: all of a write, and of a
 * read as much as there is without waiting for more. */
#define _GNU_SOURCE
#include <signal.h>

#include "layer.h"

static uint32_t part(size_t left)
{
	return left > MAX_DATA ? MAX_DATA : (uint32_t)left;
}

static size_t clamp(size_t size)
{
	return size > MAX_COUNT ? MAX_COUNT : size;
}

static long write_failed(uint32_t error)
{
	if (error == EPIPE) raise_signal(SIGPIPE);
	return failed(error);
}

long layer_read(int fd, void *data, size_t size)
{
	size_t done = 0;
	size = clamp(size);
	for (;;) {
		uint32_t length, wanted = part(size - done);
		uint32_t error = sallyport_read(fd, (char *)data + done, wanted, &length);
		if (error) return done ? (long)done : failed(error);
		done += length;
		if (length < wanted || done == size) return (long)done;
		/* Only a regular file is sure not to wait for more. */
		if (done == MAX_DATA && size_of_file(fd) < 0) return (long)done;
	}
}

long layer_write(int fd, const void *data, size_t size)
{
	size_t done = 0;
	size = clamp(size);
	for (;;) {
		uint32_t length, wanted = part(size - done);
		uint32_t error = sallyport_write(fd, (const char *)data + done, wanted, &length);
		if (error) return done ? (long)done : write_failed(error);
		done += length;
		if (length < wanted || done == size) return (long)done;
	}
}

/* All bytes of a vector, or more than MAX_DATA where it is more; -EINVAL for one that Linux refuses. */
static long total(const struct iovec *vector, int count)
{
	size_t sum = 0;
	if (count < 0 || count > 1024) return -EINVAL;
	for (int i = 0; i < count; i++) {
		if (vector[i].iov_len > MAX_COUNT - sum) return -EINVAL;
		sum += vector[i].iov_len;
	}
	return (long)sum;
}

typedef long transfer(int fd, void *data, size_t size, int64_t offset);

static long at_position_read(int fd, void *data, size_t size, int64_t offset)
{
	(void)offset;
	return layer_read(fd, data, size);
}

static long at_position_write(int fd, void *data, size_t size, int64_t offset)
{
	(void)offset;
	return layer_write(fd, data, size);
}

static long at_offset_write(int fd, void *data, size_t size, int64_t offset)
{
	return layer_pwrite(fd, data, size, offset);
}

/* One buffer after the other, until one is not done whole. */
static long each(transfer *move, int fd, const struct iovec *vector, int count, int64_t offset)
{
	size_t done = 0;
	long sum = total(vector, count);
	if (sum < 0) return sum;
	for (int i = 0; i < count; i++) {
		if (vector[i].iov_len == 0 && (sum != 0 || i != 0)) continue;
		long length = move(fd, vector[i].iov_base, vector[i].iov_len, offset + (int64_t)done);
		if (length < 0) return done ? (long)done : length;
		done += (size_t)length;
		if ((size_t)length < vector[i].iov_len) break;
	}
	return (long)done;
}

long layer_readv(int fd, const struct iovec *vector, int count)
{
	uint32_t length;
	long sum = total(vector, count);
	if (sum < 0) return sum;
	if (sum > (long)MAX_DATA && size_of_file(fd) >= 0) return each(at_position_read, fd, vector, count, 0);
	uint32_t error = sallyport_readv(fd, vector, (uint32_t)count, &length);
	return error ? failed(error) : (long)length;
}

long layer_writev(int fd, const struct iovec *vector, int count)
{
	uint32_t length;
	long sum = total(vector, count);
	if (sum < 0) return sum;
	if (sum > (long)MAX_DATA) return each(at_position_write, fd, vector, count, 0);
	uint32_t error = sallyport_writev(fd, vector, (uint32_t)count, &length);
	return error ? write_failed(error) : (long)length;
}

long layer_pread(int fd, void *data, size_t size, int64_t offset)
{
	size_t done = 0;
	if (offset < 0) return -EINVAL;
	size = clamp(size);
	for (;;) {
		uint32_t length, wanted = part(size - done);
		uint32_t error = sallyport_pread(fd, (char *)data + done, wanted, offset + (int64_t)done, &length);
		if (error) return done ? (long)done : failed(error);
		done += length;
		if (length < wanted || done == size) return (long)done;
	}
}

long layer_pwrite(int fd, const void *data, size_t size, int64_t offset)
{
	size_t done = 0;
	if (offset < 0) return -EINVAL;
	size = clamp(size);
	for (;;) {
		uint32_t length, wanted = part(size - done);
		uint32_t error =
			sallyport_pwrite(fd, (const char *)data + done, wanted, offset + (int64_t)done, &length);
		if (error) return done ? (long)done : write_failed(error);
		done += length;
		if (length < wanted || done == size) return (long)done;
	}
}

long layer_preadv(int fd, const struct iovec *vector, int count, int64_t offset)
{
	return each(layer_pread, fd, vector, count, offset);
}

long layer_pwritev(int fd, const struct iovec *vector, int count, int64_t offset)
{
	return each(at_offset_write, fd, vector, count, offset);
}

/* Copies from `in` to `out` through the guest. Offsets that are given are used and moved instead of positions. */
static long copy(int out, int64_t *out_offset, int in, int64_t *in_offset, size_t size)
{
	static char buffer[65536];
	size_t done = 0;
	size = clamp(size);
	while (done < size) {
		size_t wanted = size - done < sizeof buffer ? size - done : sizeof buffer;
		long got = in_offset ? layer_pread(in, buffer, wanted, *in_offset) : layer_read(in, buffer, wanted);
		if (got < 0) return done ? (long)done : got;
		if (got == 0) break;
		long put = out_offset ? layer_pwrite(out, buffer, (size_t)got, *out_offset)
				      : layer_write(out, buffer, (size_t)got);
		long moved = put < 0 ? 0 : put;
		if (in_offset) *in_offset += moved;
		/* What was read but not written is read again the next time. */
		else if (moved < got) sallyport_seek(in, moved - got, 1, &(int64_t){ 0 });
		if (out_offset) *out_offset += moved;
		if (put < 0) return done ? (long)done : put;
		done += (size_t)moved;
		if (moved < got) break;
	}
	return (long)done;
}

long layer_sendfile(int out, int in, int64_t *offset, size_t size)
{
	if (offset && *offset < 0) return -EINVAL;
	/* Linux refuses sources that have no positions. */
	if (size_of_file(in) < 0) {
		long bad = check_descriptor(in);
		return bad ? bad : -EINVAL;
	}
	return copy(out, NULL, in, offset, size);
}

long layer_copy_file_range(int in, int64_t *in_offset, int out, int64_t *out_offset, size_t size, unsigned flags)
{
	if (flags) return -EINVAL;
	if (size_of_file(in) < 0 || size_of_file(out) < 0) {
		long bad = check_descriptor(in) ? -EBADF : check_descriptor(out);
		return bad ? bad : -EINVAL;
	}
	return copy(out, out_offset, in, in_offset, size);
}
