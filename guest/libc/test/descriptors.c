/* Descriptors: duplicates, flags, locks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

static void locks(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5 };
	CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	/* Its own lock is in nobody's way. */
	lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
	CHECK(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
	lock = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -1, .l_len = 1 };
	CHECK(fcntl(fd, F_SETLKW, &lock) == 0);
	lock = (struct flock){ .l_type = F_UNLCK, .l_whence = SEEK_SET };
	CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	lock = (struct flock){ .l_type = 7, .l_whence = SEEK_SET };
	FAILS(EINVAL, fcntl(fd, F_SETLK, &lock));
	lock = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = -1 };
	FAILS(EINVAL, fcntl(fd, F_SETLK, &lock));
	CHECK(lockf(fd, F_LOCK, 10) == 0 && lockf(fd, F_TEST, 10) == 0 && lockf(fd, F_ULOCK, 10) == 0);

	int other = open("f", O_RDWR);
	CHECK(flock(fd, LOCK_EX) == 0);
	FAILS(EAGAIN, flock(other, LOCK_EX | LOCK_NB));
	CHECK(flock(fd, LOCK_UN) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0 && flock(fd, LOCK_SH | LOCK_NB) == 0);
	CHECK(close(other) == 0);
}

void test_descriptors(void)
{
	char buffer[8];
	int fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_SETFD, 0) == 0 && fcntl(fd, F_GETFD) == 0);
	int again = open("f", O_RDONLY | O_CLOEXEC);
	CHECK(fcntl(again, F_SETFD, 0) == 0 && fcntl(again, F_SETFD, FD_CLOEXEC) == 0 && fcntl(again, F_GETFD) == FD_CLOEXEC);
	CHECK(dup2(fd, again) == again && fcntl(again, F_GETFD) == 0 && fcntl(again, F_SETFD, FD_CLOEXEC) == 0);
	CHECK(fcntl(again, F_GETFD) == FD_CLOEXEC && close(again) == 0);
	CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && fcntl(fd, F_GETFL) & O_APPEND);
	CHECK(fcntl(fd, F_SETFL, 0) == 0 && !(fcntl(fd, F_GETFL) & O_APPEND));

	/* Duplicates share the position. */
	int copy = dup(fd);
	CHECK(copy > fd && write(fd, "abc", 3) == 3 && lseek(copy, 0, SEEK_CUR) == 3 && fcntl(copy, F_GETFD) == 0);
	CHECK(dup2(fd, 50) == 50 && dup2(fd, fd) == fd && dup3(fd, 51, O_CLOEXEC) == 51 && fcntl(51, F_GETFD) == FD_CLOEXEC);
	FAILS(EINVAL, dup3(fd, fd, 0));
	FAILS(EBADF, dup2(777, 5));
	FAILS(EBADF, dup(777));
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 60);
	CHECK(high == 60 && fcntl(high, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_DUPFD, 60) == 61);
	FAILS(EINVAL, fcntl(fd, F_DUPFD, -1));
	FAILS(EINVAL, fcntl(fd, F_DUPFD, 100000));
	FAILS(EINVAL, fcntl(fd, 4242));
	FAILS(EBADF, fcntl(777, F_GETFL));
	CHECK(close(copy) == 0 && close(50) == 0 && close(51) == 0 && close(60) == 0 && close(61) == 0);
	FAILS(EBADF, close(61));
	locks(fd);

	struct winsize size;
	struct termios modes;
	FAILS(ENOTTY, ioctl(fd, TIOCGWINSZ, &size));
	FAILS(ENOTTY, tcgetattr(fd, &modes));
	CHECK(!isatty(fd));
	FAILS(EBADF, ioctl(777, TIOCGWINSZ, &size));
	FAILS(ENOTTY, ioctl(fd, 0x1234, &size));
	CHECK(ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && ioctl(fd, FIONCLEX) == 0 && fcntl(fd, F_GETFD) == 0);

	int fds[2], count = 0, on = 1;
	CHECK(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(fds[0], F_GETFD) == FD_CLOEXEC && fcntl(fds[1], F_GETFL) & O_NONBLOCK);
	FAILS(EAGAIN, read(fds[0], buffer, 1));
	CHECK(write(fds[1], "four", 4) == 4 && ioctl(fds[0], FIONREAD, &count) == 0 && count == 4);
	on = 0;
	CHECK(ioctl(fds[0], FIONBIO, &on) == 0 && !(fcntl(fds[0], F_GETFL) & O_NONBLOCK));
	char block[4096] = { 0 };
	long written = 0, part;
	while ((part = write(fds[1], block, sizeof block)) > 0) written += part;
	CHECK(part == -1 && errno == EAGAIN && written >= 32768);
	CHECK(close(fds[0]) == 0 && close(fds[1]) == 0 && close(fd) == 0);
	FAILS(EINVAL, pipe2(fds, 1));
}
