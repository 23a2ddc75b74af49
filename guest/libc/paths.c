/* Files by their path. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "layer.h"

#define PATH(path) (path), strlen(path)

long layer_openat(int at, const char *path, int flags, unsigned mode)
{
	int fd;
	/* musl adds O_LARGEFILE, which says nothing where off_t has 64 bits. */
	uint32_t error = sallyport_open(at, PATH(path), flags & ~O_LARGEFILE,
		flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? mode & 07777 : 0, &fd);
	return error ? failed(error) : made_descriptor(fd, (unsigned)flags);
}

long layer_faccessat(int at, const char *path, unsigned mode, unsigned flags)
{
	return failed(sallyport_access(at, PATH(path), mode, flags));
}

long layer_mkdirat(int at, const char *path, unsigned mode)
{
	return failed(sallyport_mkdir(at, PATH(path), mode));
}

long layer_mknodat(int at, const char *path, unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return failed(sallyport_mkfifo(at, PATH(path), mode & 07777));
	case 0:
	case S_IFREG: {
		int fd;
		uint32_t error = sallyport_open(at, PATH(path), O_WRONLY | O_CREAT | O_EXCL, mode & 07777, &fd);
		return failed(error ? error : sallyport_close(fd));
	}
	default:
		return -EPERM;
	}
}

long layer_unlinkat(int at, const char *path, unsigned flags)
{
	return failed(sallyport_unlink(at, PATH(path), flags));
}

long layer_renameat(int at, const char *path, int to_at, const char *to, unsigned flags)
{
	return failed(sallyport_rename(at, PATH(path), to_at, PATH(to), flags));
}

long layer_linkat(int at, const char *path, int to_at, const char *to, unsigned flags)
{
	return failed(sallyport_link(at, PATH(path), to_at, PATH(to), flags));
}

long layer_symlinkat(const char *target, int at, const char *path)
{
	return failed(sallyport_symlink(PATH(target), at, PATH(path)));
}

long layer_readlinkat(int at, const char *path, char *target, size_t size)
{
	uint32_t length;
	if (size == 0) return -EINVAL;
	uint32_t error = sallyport_readlink(at, PATH(path), target, size, &length);
	if (error) return failed(error);
	return length < size ? length : size;
}

long layer_truncate(const char *path, int64_t size)
{
	return failed(sallyport_truncate(AT_FDCWD, PATH(path), size));
}

long layer_chdir(const char *path)
{
	return failed(sallyport_chdir(PATH(path)));
}

/* The result counts the NUL, as Linux's does. */
long layer_getcwd(char *path, size_t size)
{
	uint32_t length;
	if (size == 0) return -EINVAL;
	uint32_t error = sallyport_getcwd(path, size - 1, &length);
	if (error) return failed(error);
	if (length >= size) return -ERANGE;
	path[length] = 0;
	return length + 1;
}

/* A file without a name: made in /tmp and unlinked at once. */
long layer_memfd_create(const char *name, unsigned flags)
{
	static const char digits[] = "0123456789abcdef";
	char path[] = "/tmp/.memfd-0123456789abcdef";
	uint8_t random[8];
	uint32_t length;
	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) return -EINVAL;
	if (strnlen(name, NAME_MAX) > NAME_MAX - 6) return -EINVAL;
	uint32_t error = sallyport_random(random, sizeof random, &length);
	if (error) return failed(error);
	for (size_t i = 0; i < sizeof random; i++) {
		path[sizeof path - 17 + 2 * i] = digits[random[i] >> 4];
		path[sizeof path - 16 + 2 * i] = digits[random[i] & 15];
	}
	long fd = layer_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | (flags & MFD_CLOEXEC ? O_CLOEXEC : 0), 0600);
	if (fd >= 0) sallyport_unlink(AT_FDCWD, PATH(path), 0);
	return fd;
}
