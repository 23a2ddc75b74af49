#define _GNU_SOURCE
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From linux/landlock.h, which older headers lack. */
enum { SYS_CREATE = 444, SYS_ADD = 445, SYS_RESTRICT = 446, RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };
enum { FS_EXECUTE = 1 << 0, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3 };
/* Access rights of file systems by version: 13 in version 1, then refer, truncate, and ioctl on devices. */
static const uint64_t handled[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};

struct ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
};

struct path_beneath {
  uint64_t allowed_access;
  int32_t parent_fd;
} __attribute__((packed));

/* Where a dynamic loader looks. */
static const char *const libraries[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"};

int landlock_version(void) {
  long version = syscall(SYS_CREATE, NULL, 0, CREATE_VERSION);
  return version > 0 ? (int)version : 0;
}

static int allow(int ruleset, int fd) {
  struct stat attributes;
  if (fstat(fd, &attributes) != 0) return -1;
  uint64_t access = FS_EXECUTE | FS_READ_FILE;
  if (S_ISDIR(attributes.st_mode)) access |= FS_READ_DIR;
  struct path_beneath rule = {access, fd};
  return (int)syscall(SYS_ADD, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

static int allow_path(int ruleset, const char *path, int must) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return must ? -1 : 0;
  int result = allow(ruleset, fd);
  close(fd);
  return result;
}

int landlock_confine(int executable, const char *const *paths, int npaths) {
  int version = landlock_version();
  if (version == 0) return 0;
  int known = version > 5 ? 5 : version;
  /* From version 4 on, TCP can be handled, too: bind and connect, with no rule that allows any. */
  struct ruleset wanted = {handled[known], known >= 4 ? 3 : 0};
  int ruleset = (int)syscall(SYS_CREATE, &wanted, known >= 4 ? sizeof wanted : sizeof wanted.handled_access_fs, 0);
  if (ruleset < 0) return -1;
  int failed = allow(ruleset, executable) != 0;
  for (unsigned i = 0; !failed && i < sizeof libraries / sizeof libraries[0]; i++)
    failed = allow_path(ruleset, libraries[i], 0) != 0;
  for (int i = 0; !failed && i < npaths; i++) failed = allow_path(ruleset, paths[i], 1) != 0;
  if (!failed) failed = syscall(SYS_RESTRICT, ruleset, 0) != 0;
  int code = errno;
  close(ruleset);
  errno = code;
  return failed ? -1 : 1;
}
