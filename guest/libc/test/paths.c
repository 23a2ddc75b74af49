/* Files by their path. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static int make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	return fd < 0 ? -1 : close(fd);
}

static void names(void)
{
	struct stat a, b;
	char target[64], directory[PATH_MAX], resolved[PATH_MAX];
	CHECK(make("a") == 0);
	FAILS(EEXIST, make("a"));
	CHECK(link("a", "b") == 0 && stat("a", &a) == 0 && stat("b", &b) == 0 && a.st_ino == b.st_ino && b.st_nlink == 2);
	CHECK(rename("b", "c") == 0);
	FAILS(ENOENT, stat("b", &b));
	FAILS(EEXIST, renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
	CHECK(symlink("a", "s") == 0 && readlink("s", target, sizeof target) == 1 && target[0] == 'a');
	CHECK(readlink("s", target, 1) == 1);
	FAILS(EINVAL, readlink("a", target, sizeof target));
	CHECK(lstat("s", &a) == 0 && S_ISLNK(a.st_mode) && stat("s", &a) == 0 && S_ISREG(a.st_mode));
	CHECK(getcwd(directory, sizeof directory) == directory && directory[0] == '/');
	FAILS(ERANGE, getcwd(target, 3) ? 0 : -1);
	CHECK(realpath("s", resolved) && !strncmp(resolved, directory, strlen(directory)) && !strcmp(strrchr(resolved, '/'), "/a"));
	CHECK(symlink("loop", "loop") == 0);
	FAILS(ELOOP, open("loop", O_RDONLY));
	FAILS(ELOOP, open("s", O_RDONLY | O_NOFOLLOW));
	CHECK(unlink("s") == 0 && unlink("loop") == 0 && unlink("a") == 0 && unlink("c") == 0);
	FAILS(ENOENT, unlink("a"));
	FAILS(ENOENT, open("", O_RDONLY));
	char *name = malloc(5001);
	memset(name, 'n', 5000);
	name[5000] = 0;
	FAILS(ENAMETOOLONG, open(name, O_RDONLY));
	free(name);
}

static void directories(void)
{
	char directory[PATH_MAX], below[PATH_MAX];
	CHECK(getcwd(directory, sizeof directory) != NULL);
	CHECK(mkdir("d", 0755) == 0 && make("d/f") == 0);
	FAILS(EEXIST, mkdir("d", 0755));
	FAILS(ENOTEMPTY, rmdir("d"));
	FAILS(EISDIR, unlink("d"));
	FAILS(ENOTDIR, open("d/f/g", O_RDONLY));
	FAILS(EISDIR, open("d", O_WRONLY));
	FAILS(ENOTDIR, open("d/f", O_RDONLY | O_DIRECTORY));
	int fd = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0 && faccessat(fd, "f", R_OK | W_OK, 0) == 0 && faccessat(fd, "f", F_OK, AT_EACCESS) == 0);
	CHECK(unlinkat(fd, "f", 0) == 0 && mkdirat(fd, "e", 0700) == 0 && unlinkat(fd, "e", AT_REMOVEDIR) == 0);
	CHECK(fchdir(fd) == 0 && getcwd(below, sizeof below) && !strcmp(strrchr(below, '/'), "/d"));
	CHECK(chdir("..") == 0 && getcwd(below, sizeof below) && !strcmp(below, directory));
	CHECK(close(fd) == 0 && remove("d") == 0);
	FAILS(ENOENT, chdir("d"));
	FAILS(EBADF, unlinkat(333, "x", 0));
}

void test_paths(void)
{
	names();
	directories();
	struct stat status;
	CHECK(mkfifo("p", 0600) == 0 && stat("p", &status) == 0 && S_ISFIFO(status.st_mode) && unlink("p") == 0);
	CHECK(mknod("r", S_IFREG | 0600, 0) == 0 && stat("r", &status) == 0 && S_ISREG(status.st_mode) && unlink("r") == 0);
	FAILS(EPERM, mknod("c", S_IFCHR | 0600, 0));
	CHECK(access("/", R_OK | X_OK) == 0);
	FAILS(ENOENT, access("absent", F_OK));

	int fd = memfd_create("x", MFD_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "abc", 3) == 3 && fstat(fd, &status) == 0 && status.st_size == 3 && status.st_nlink == 0);
	CHECK(close(fd) == 0);
	char path[] = "tempXXXXXX";
	fd = mkstemp(path);
	CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
	FILE *file = tmpfile();
	CHECK(file && fprintf(file, "%d", 42) == 2 && fclose(file) == 0);
}
