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

void forget_directory(int fd)
{
	if (fd >= 0 && fd < MAX_DESCRIPTORS) positions[fd] = 0;
}

long layer_getdents(int fd, void *entries, size_t size)
{
	/* An entry grows by less than a third on its way into struct dirent. */
	static char buffer[24 * 1024];
	size_t capacity = size / 4 * 3 < sizeof buffer ? size / 4 * 3 : sizeof buffer, used = 0, at = 0;
	uint32_t length;
	if (fd < 0 || fd >= MAX_DESCRIPTORS) return -EBADF;
	uint64_t cookie = positions[fd] ? positions[fd] - 1 : 0;
	uint32_t error = sallyport_readdir(fd, cookie, buffer, capacity, &length);
	if (error) return failed(error);
	if (length > capacity) length = capacity;
	while (length - at > ENTRY_SIZE) {
		struct entry from;
		memcpy(&from, buffer + at, ENTRY_SIZE);
		if (from.length > length - at - ENTRY_SIZE) break;
		size_t record = (offsetof(struct dirent, d_name) + from.length + 1 + 7) & ~(size_t)7;
		if (record > size - used || from.length > 255) break;
		struct dirent *to = (void *)((char *)entries + used);
		to->d_ino = from.ino;
		to->d_off = (off_t)from.next;
		to->d_reclen = (unsigned short)record;
		to->d_type = from.type;
		memcpy(to->d_name, buffer + at + ENTRY_SIZE, from.length);
		to->d_name[from.length] = 0;
		at += ENTRY_SIZE + from.length;
		used += record;
		cookie = from.next;
	}
	positions[fd] = cookie + 1;
	return used == 0 && length > 0 ? -EINVAL : (long)used;
}

long layer_lseek(int fd, int64_t offset, unsigned whence, int64_t *position)
{
	if (fd >= 0 && fd < MAX_DESCRIPTORS && positions[fd]) {
		if (whence == SEEK_CUR && offset == 0) offset = (int64_t)(positions[fd] - 1);
		else if (whence != SEEK_SET || offset < 0) return -EINVAL;
		positions[fd] = (uint64_t)offset + 1;
		*position = offset;
		return 0;
	}
	return failed(sallyport_seek(fd, offset, whence, position));
}
