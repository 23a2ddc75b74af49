/* Reading directories.
 *
 * The operation takes a cookie where Linux has the descriptor's position, so the positions of open directories
 * are kept here: seekdir, telldir and rewinddir of musl are lseek. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "layer.h"

struct entry {
	uint64_t next, ino;
	uint8_t type, zero;
	uint16_t length;
};
enum { ENTRY_SIZE = 20 };

/* Cookie of the next entry + 1; 0 where the descriptor has not been read as a directory. */
static uint64_t positions[MAX_DESCRIPTORS];

/* What the last operation answered, which several calls are served from: musl asks for 2 KiB at a time. */
static struct {
	int fd;
	/* Of the entry at `at`. */
	uint64_t cookie;
	size_t at, length;
	char data[24 * 1024];
} ahead = { .fd = -1 };

void forget_directory(int fd)
{
	if (fd < 0 || fd >= MAX_DESCRIPTORS) return;
	positions[fd] = 0;
	if (ahead.fd == fd) ahead.fd = -1;
}

static uint32_t fetch(int fd, uint64_t cookie)
{
	uint32_t length;
	ahead.fd = -1;
	uint32_t error = sallyport_readdir(fd, cookie, ahead.data, sizeof ahead.data, &length);
	if (error) return error;
	ahead.fd = fd;
	ahead.cookie = cookie;
	ahead.at = 0;
	ahead.length = length < sizeof ahead.data ? length : sizeof ahead.data;
	return 0;
}

long layer_getdents(int fd, void *entries, size_t size)
{
	size_t used = 0;
	if (fd < 0 || fd >= MAX_DESCRIPTORS) return -EBADF;
	uint64_t cookie = positions[fd] ? positions[fd] - 1 : 0;
	if (ahead.fd != fd || ahead.cookie != cookie || ahead.at == ahead.length) {
		uint32_t error = fetch(fd, cookie);
		if (error) return failed(error);
	}
	positions[fd] = cookie + 1;
	while (ahead.length - ahead.at > ENTRY_SIZE) {
		struct entry from;
		memcpy(&from, ahead.data + ahead.at, ENTRY_SIZE);
		if (from.length > ahead.length - ahead.at - ENTRY_SIZE || from.length > 255) return -EIO;
		size_t record = (offsetof(struct dirent, d_name) + from.length + 1 + 7) & ~(size_t)7;
		if (record > size - used) return used > 0 ? (long)used : -EINVAL;
		struct dirent *to = (void *)((char *)entries + used);
		to->d_ino = from.ino;
		to->d_off = (off_t)from.next;
		to->d_reclen = (unsigned short)record;
		to->d_type = from.type;
		memcpy(to->d_name, ahead.data + ahead.at + ENTRY_SIZE, from.length);
		to->d_name[from.length] = 0;
		ahead.at += ENTRY_SIZE + from.length;
		ahead.cookie = from.next;
		positions[fd] = from.next + 1;
		used += record;
	}
	return (long)used;
}

long layer_lseek(int fd, int64_t offset, unsigned whence, int64_t *position)
{
	if (fd >= 0 && fd < MAX_DESCRIPTORS && positions[fd]) {
		if (whence == SEEK_CUR && offset == 0) offset = (int64_t)(positions[fd] - 1);
		else if (whence != SEEK_SET || offset < 0) return -EINVAL;
		positions[fd] = (uint64_t)offset + 1;
		if (ahead.fd == fd) ahead.fd = -1;
		*position = offset;
		return 0;
	}
	return failed(sallyport_seek(fd, offset, whence, position));
}
