/* Attributes of files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "check.h"

static struct stat status;

static int look(const char *path)
{
	return stat(path, &status);
}

static void times_of(const char *path, int fd)
{
	struct timespec times[2] = { { .tv_sec = 1000000001, .tv_nsec = 123456789 }, { .tv_sec = -5, .tv_nsec = 999999999 } };
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0 && look(path) == 0);
	CHECK(status.st_atim.tv_sec == 1000000001 && status.st_atim.tv_nsec == 123456789);
	CHECK(status.st_mtim.tv_sec == -5 && status.st_mtim.tv_nsec == 999999999);
	times[0].tv_nsec = UTIME_OMIT;
	times[1] = (struct timespec){ .tv_sec = 7 };
	CHECK(futimens(fd, times) == 0 && look(path) == 0 && status.st_atim.tv_sec == 1000000001 && status.st_mtim.tv_sec == 7);
	times[1].tv_nsec = UTIME_NOW;
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0 && look(path) == 0 && status.st_mtim.tv_sec > 1000);
	times[1].tv_nsec = UTIME_OMIT;
	CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
	times[1].tv_nsec = 1000000000;
	FAILS(EINVAL, utimensat(AT_FDCWD, path, times, 0));
	CHECK(utimes(path, (struct timeval[2]){ { .tv_sec = 5, .tv_usec = 6 }, { .tv_sec = 7, .tv_usec = 8 } }) == 0);
	CHECK(look(path) == 0 && status.st_atim.tv_nsec == 6000 && status.st_mtim.tv_nsec == 8000);
	CHECK(utime(path, NULL) == 0 && look(path) == 0 && status.st_mtim.tv_sec > 1000);
	FAILS(ENOENT, utime("absent", NULL));
	CHECK(symlink(path, "l") == 0);
	times[0] = times[1] = (struct timespec){ .tv_sec = 77 };
	CHECK(utimensat(AT_FDCWD, "l", times, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(lstat("l", &status) == 0 && status.st_mtim.tv_sec == 77 && look(path) == 0 && status.st_mtim.tv_sec != 77);
	CHECK(unlink("l") == 0);
}

void test_attributes(void)
{
	FAILS(EOPNOTSUPP, getxattr(".", "user.name", NULL, 0));
	FAILS(EOPNOTSUPP, listxattr(".", NULL, 0));
	FAILS(ENOENT, lsetxattr("missing", "user.name", "", 0, 0));
	FAILS(EBADF, fremovexattr(99, "user.name"));
	umask(022);
	int fd = open("f", O_RDWR | O_CREAT, 0666);
	CHECK(fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 07777) == 0644);
	CHECK(status.st_size == 0 && status.st_nlink == 1 && status.st_uid == getuid() && status.st_gid == getgid());
	CHECK(status.st_ino != 0 && status.st_blksize > 0);
	CHECK(ftruncate(fd, 5000000000) == 0 && look("f") == 0 && status.st_size == 5000000000);
	CHECK(truncate("f", 10) == 0 && look("f") == 0 && status.st_size == 10);
	FAILS(EINVAL, ftruncate(fd, -1));
	CHECK(chmod("f", 04751) == 0 && look("f") == 0 && (status.st_mode & 07777) == 04751);
	CHECK(fchmod(fd, 0600) == 0 && look("f") == 0 && (status.st_mode & 07777) == 0600);
	CHECK(chown("f", -1u, -1u) == 0 && fchown(fd, 1000, 1000) == 0 && lchown("f", -1u, 1000) == 0);
	FAILS(EPERM, chown("f", 0, 0));
	CHECK(fchmodat(AT_FDCWD, "f", 0640, 0) == 0);
	times_of("f", fd);

	struct statvfs figures;
	CHECK(statvfs(".", &figures) == 0 && figures.f_bsize > 0 && figures.f_frsize > 0 && figures.f_namemax >= 255);
	CHECK(fstatvfs(fd, &figures) == 0 && figures.f_blocks >= figures.f_bfree);
	CHECK(posix_fallocate(fd, 0, 100) == 0 && fstat(fd, &status) == 0 && status.st_size == 100);
	CHECK(posix_fallocate(fd, 0, 0) == EINVAL);
	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0 && posix_fadvise(fd, 0, 0, 99) == EINVAL);
	CHECK(posix_fadvise(555, 0, 0, 0) == EBADF);
	CHECK(fsync(fd) == 0 && fdatasync(fd) == 0 && close(fd) == 0);
	FAILS(EBADF, fstat(fd, &status));
	FAILS(EBADF, fsync(fd));
}
