/* What is known about files: stat, modes, owners, times, file systems. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "layer.h"

/* As the operations table lays it out. */
struct attributes {
	uint64_t dev, ino;
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev;
	int64_t size;
	uint32_t block_size, zero;
	uint64_t blocks;
	int64_t atime, mtime, ctime;
};
_Static_assert(sizeof(struct attributes) == 88, "STAT_SIZE");

struct figures {
	uint64_t bsize, frsize, blocks, bfree, bavail, files, ffree, namemax;
};
_Static_assert(sizeof(struct figures) == 64, "STATVFS_SIZE");

static struct statx_timestamp timestamp(int64_t time)
{
	int64_t seconds;
	long nanoseconds;
	from_nanoseconds(time, &seconds, &nanoseconds);
	return (struct statx_timestamp){ .tv_sec = seconds, .tv_nsec = (uint32_t)nanoseconds };
}

long layer_statx(int at, const char *path, unsigned flags, struct statx *result)
{
	struct attributes from;
	uint32_t error;
	flags &= AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
	if (!*path && flags & AT_EMPTY_PATH && at != AT_FDCWD) error = sallyport_fstat(at, &from);
	else error = sallyport_stat(at, path, strlen(path), flags, &from);
	if (error) return failed(error);
	*result = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = from.block_size,
		.stx_nlink = from.nlink,
		.stx_uid = from.uid,
		.stx_gid = from.gid,
		.stx_mode = (uint16_t)from.mode,
		.stx_ino = from.ino,
		.stx_size = (uint64_t)from.size,
		.stx_blocks = from.blocks,
		.stx_atime = timestamp(from.atime),
		.stx_mtime = timestamp(from.mtime),
		.stx_ctime = timestamp(from.ctime),
		.stx_rdev_major = major(from.rdev),
		.stx_rdev_minor = minor(from.rdev),
		.stx_dev_major = major(from.dev),
		.stx_dev_minor = minor(from.dev),
	};
	return 0;
}

int64_t size_of_file(int fd)
{
	struct attributes from;
	if (sallyport_fstat(fd, &from)) return -1;
	return S_ISREG(from.mode) ? from.size : -1;
}

long layer_fchmodat(int at, const char *path, unsigned mode, unsigned flags)
{
	return failed(sallyport_chmod(at, path, strlen(path), mode & 07777, flags));
}

long layer_fchownat(int at, const char *path, int uid, int gid, unsigned flags)
{
	return failed(sallyport_chown(at, path, strlen(path), uid, gid, flags));
}

/* One of utimensat's two times. Answers the operation's bits for it, or -1. */
static int which_time(const int64_t time[2], int64_t *wire, int set, int set_now)
{
	long nanoseconds = (long)time[1];
	if (nanoseconds == UTIME_OMIT) return 0;
	if (nanoseconds == UTIME_NOW) return set_now;
	if (nanoseconds < 0 || nanoseconds >= SECOND) return -1;
	*wire = to_nanoseconds(time[0], nanoseconds);
	return set;
}

long layer_utimensat(int at, const char *path, const int64_t times[4], unsigned flags)
{
	int64_t atime = 0, mtime = 0;
	int which = 4 | 8;
	if (times) {
		int first = which_time(times, &atime, 1, 4), second = which_time(times + 2, &mtime, 2, 8);
		if (first < 0 || second < 0) return -EINVAL;
		which = first | second;
		if (which == 0) return 0;
	}
	if (!path) return failed(sallyport_futimens(at, atime, mtime, (uint32_t)which));
	return failed(sallyport_utimens(at, path, strlen(path), atime, mtime, (uint32_t)which, flags));
}

static void fill_statfs(struct statfs *result, const struct figures *from)
{
	*result = (struct statfs){
		.f_type = 0x01021994, /* tmpfs */
		.f_bsize = (unsigned long)from->bsize,
		.f_blocks = from->blocks,
		.f_bfree = from->bfree,
		.f_bavail = from->bavail,
		.f_files = from->files,
		.f_ffree = from->ffree,
		.f_namelen = (unsigned long)from->namemax,
		.f_frsize = (unsigned long)from->frsize,
	};
}

long layer_statfs(const char *path, size_t size, struct statfs *result)
{
	struct figures from;
	if (size != sizeof *result) return -EINVAL;
	uint32_t error = sallyport_statvfs(AT_FDCWD, path, strlen(path), &from);
	if (error) return failed(error);
	fill_statfs(result, &from);
	return 0;
}

long layer_fstatfs(int fd, size_t size, struct statfs *result)
{
	struct figures from;
	if (size != sizeof *result) return -EINVAL;
	uint32_t error = sallyport_fstatvfs(fd, &from);
	if (error) return failed(error);
	fill_statfs(result, &from);
	return 0;
}
