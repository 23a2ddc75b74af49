/* Mappings of files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char *map(int fd, size_t size, int protection, int flags, off_t offset)
{
	return mmap(NULL, size, protection, flags, fd, offset);
}

void test_mappings(void)
{
	enum { BOTH = PROT_READ | PROT_WRITE };
	char back[16];
	struct stat status;
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK(ftruncate(fd, 10000) == 0 && pwrite(fd, "start", 5, 0) == 5 && pwrite(fd, "later", 5, 8192) == 5);

	char *data = map(fd, 10000, BOTH, MAP_SHARED, 0);
	CHECK(data != MAP_FAILED && !memcmp(data, "start", 5) && !memcmp(data + 8192, "later", 5));
	data[0] = 'S';
	data[9999] = 'E';
	data[10001] = '!';
	CHECK(msync(data, 10000, MS_SYNC) == 0);
	CHECK(pread(fd, back, 5, 0) == 5 && !memcmp(back, "Start", 5) && pread(fd, back, 16, 9999) == 1 && back[0] == 'E');
	CHECK(fstat(fd, &status) == 0 && status.st_size == 10000);
	/* What others wrote where the mapping is as it was, stays. */
	CHECK(pwrite(fd, "other", 5, 4096) == 5);
	data[1] = 'T';
	CHECK(munmap(data, 10000) == 0);
	CHECK(pread(fd, back, 5, 0) == 5 && !memcmp(back, "STart", 5) && pread(fd, back, 5, 4096) == 5 && !memcmp(back, "other", 5));

	/* Parts can go; the rest is still written, when its descriptor is closed, too. */
	data = map(fd, 12288, BOTH, MAP_SHARED, 0);
	data[0] = 'x';
	data[4096] = 'y';
	data[8192] = 'z';
	CHECK(munmap(data + 4096, 4096) == 0 && pread(fd, back, 1, 4096) == 1 && back[0] == 'y');
	data[1] = '1';
	data[8193] = '2';
	int other = dup(fd);
	CHECK(close(fd) == 0);
	CHECK(munmap(data, 4096) == 0 && munmap(data + 8192, 4096) == 0);
	fd = other;
	CHECK(pread(fd, back, 2, 0) == 2 && !memcmp(back, "x1", 2) && pread(fd, back, 2, 8192) == 2 && !memcmp(back, "z2", 2));

	/* A private mapping is its own. */
	data = map(fd, 4096, BOTH, MAP_PRIVATE, 4096);
	CHECK(data != MAP_FAILED && data[0] == 'y');
	data[0] = 'p';
	CHECK(munmap(data, 4096) == 0 && pread(fd, back, 1, 4096) == 1 && back[0] == 'y');

	/* Growing takes in more of the file. */
	data = map(fd, 4096, BOTH, MAP_SHARED, 0);
	data[2] = 'g';
	data = mremap(data, 4096, 12288, MREMAP_MAYMOVE);
	CHECK(data != MAP_FAILED && data[2] == 'g' && data[4096] == 'y');
	data[4096] = 'Y';
	CHECK(munmap(data, 12288) == 0 && pread(fd, back, 1, 4096) == 1 && back[0] == 'Y');

	int reader = open("f", O_RDONLY);
	FAILS(EACCES, (long)map(reader, 4096, BOTH, MAP_SHARED, 0));
	data = map(reader, 4096, PROT_READ, MAP_SHARED, 0);
	CHECK(data != MAP_FAILED && data[0] == 'x' && munmap(data, 4096) == 0);
	FAILS(EBADF, (long)map(777, 4096, PROT_READ, MAP_SHARED, 0));
	FAILS(EINVAL, (long)map(reader, 4096, PROT_READ, 0, 0));
	FAILS(EINVAL, (long)map(reader, 4096, PROT_READ, MAP_SHARED, 5));
	int fds[2];
	CHECK(pipe(fds) == 0);
	FAILS(ENODEV, (long)map(fds[0], 4096, PROT_READ, MAP_PRIVATE, 0));
	CHECK(close(fds[0]) == 0 && close(fds[1]) == 0 && close(reader) == 0 && close(fd) == 0);
}
