/* Reading and writing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

/* More than one operation carries. */
enum { LARGE = 3 * (1 << 20) + 17 };

static unsigned char *pattern(void)
{
	unsigned char *data = malloc(LARGE);
	for (int i = 0; i < LARGE; i++) data[i] = (unsigned char)(i * 7 + i / 1000);
	return data;
}

static void large(void)
{
	unsigned char *data = pattern(), *back = calloc(1, LARGE);
	int fd = open("large", O_RDWR | O_CREAT, 0600);
	CHECK(write(fd, data, LARGE) == LARGE);
	CHECK(lseek(fd, 0, SEEK_CUR) == LARGE && lseek(fd, 0, SEEK_SET) == 0);
	CHECK(read(fd, back, LARGE) == LARGE && !memcmp(data, back, LARGE));
	CHECK(read(fd, back, 10) == 0);
	memset(back, 0, LARGE);
	CHECK(pread(fd, back, LARGE, 0) == LARGE && !memcmp(data, back, LARGE));
	memset(back, 0, LARGE);
	struct iovec vector[2] = { { back, LARGE - 100 }, { back + LARGE - 100, 100 } };
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, vector, 2) == LARGE && !memcmp(data, back, LARGE));
	vector[0].iov_base = data;
	vector[1].iov_base = data + LARGE - 100;
	CHECK(pwritev(fd, vector, 2, 5) == LARGE && pread(fd, back, LARGE, 5) == LARGE && !memcmp(data, back, LARGE));
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, vector, 2) == LARGE);

	int copy = open("copy", O_RDWR | O_CREAT, 0600);
	off_t offset = 1;
	CHECK(sendfile(copy, fd, &offset, LARGE - 1) == LARGE - 1 && offset == LARGE);
	CHECK(pread(copy, back, LARGE, 0) == LARGE - 1 && !memcmp(data + 1, back, LARGE - 1));
	CHECK(lseek(fd, 100, SEEK_SET) == 100 && lseek(copy, 0, SEEK_SET) == 0);
	CHECK(copy_file_range(fd, NULL, copy, NULL, 1000, 0) == 1000 && lseek(fd, 0, SEEK_CUR) == 1100);
	CHECK(pread(copy, back, 1000, 0) == 1000 && !memcmp(data + 100, back, 1000));
	CHECK(close(copy) == 0 && close(fd) == 0 && unlink("large") == 0 && unlink("copy") == 0);
	free(data);
	free(back);
}

void test_transfer(void)
{
	char buffer[32], second[8];
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK(write(fd, "hello world", 11) == 11 && write(fd, "", 0) == 0);
	CHECK(lseek(fd, 6, SEEK_SET) == 6 && read(fd, buffer, sizeof buffer) == 5 && !memcmp(buffer, "world", 5));
	CHECK(lseek(fd, -5, SEEK_END) == 6 && lseek(fd, 1, SEEK_CUR) == 7);
	FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
	FAILS(EINVAL, lseek(fd, 0, 9));
	CHECK(pwrite(fd, "W", 1, 6) == 1 && pread(fd, buffer, 5, 6) == 5 && !memcmp(buffer, "World", 5));
	FAILS(EINVAL, pread(fd, buffer, 1, -1));
	CHECK(pread(fd, buffer, 5, 5000000000) == 0);
	struct iovec vector[3] = { { buffer, 3 }, { NULL, 0 }, { second, 8 } };
	CHECK(preadv(fd, vector, 3, 0) == 11 && !memcmp(buffer, "hel", 3) && !memcmp(second, "lo World", 8));
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, vector, 3) == 11);
	FAILS(EINVAL, readv(fd, vector, -1));
	CHECK(lseek(fd, 100, SEEK_SET) == 100 && write(fd, "x", 1) == 1 && pread(fd, buffer, 4, 50) == 4 && !memcmp(buffer, "\0\0\0\0", 4));
	CHECK(close(fd) == 0);
	FAILS(EBADF, read(fd, buffer, 1));
	FAILS(EBADF, write(fd, buffer, 1));
	fd = open("f", O_RDONLY);
	FAILS(EBADF, write(fd, "x", 1));
	CHECK(close(fd) == 0);
	fd = open("f", O_WRONLY | O_APPEND | O_TRUNC);
	FAILS(EBADF, read(fd, buffer, 1));
	CHECK(write(fd, "ab", 2) == 2 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "cd", 2) == 2 && lseek(fd, 0, SEEK_CUR) == 4);
	CHECK(close(fd) == 0);
	fd = open("/", O_RDONLY);
	FAILS(EISDIR, read(fd, buffer, 1));
	CHECK(close(fd) == 0);

	/* A pipe has no positions, and gives what it has. */
	int fds[2];
	CHECK(pipe(fds) == 0 && write(fds[1], "pipe", 4) == 4 && read(fds[0], buffer, sizeof buffer) == 4);
	FAILS(ESPIPE, lseek(fds[0], 0, SEEK_CUR));
	FAILS(ESPIPE, pread(fds[0], buffer, 1, 0));
	CHECK(close(fds[1]) == 0 && read(fds[0], buffer, 1) == 0 && close(fds[0]) == 0);
	large();

	FILE *file = fopen("lines", "w+");
	for (int i = 0; i < 20000; i++) fprintf(file, "line %d\n", i);
	rewind(file);
	int good = 1;
	for (int i = 0, n; i < 20000; i++) good &= fscanf(file, "line %d\n", &n) == 1 && n == i;
	CHECK(good && fclose(file) == 0);
}
