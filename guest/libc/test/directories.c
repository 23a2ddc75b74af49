/* Reading directories. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { COUNT = 300 };

static int read_all(DIR *directory, char seen[COUNT])
{
	int others = 0;
	struct dirent *entry;
	memset(seen, 0, COUNT);
	errno = 0;
	while ((entry = readdir(directory))) {
		if (!strncmp(entry->d_name, "file", 4)) seen[atoi(entry->d_name + 4)]++;
		else others++;
	}
	CHECK(errno == 0);
	return others;
}

static int each_once(const char seen[COUNT])
{
	for (int i = 0; i < COUNT; i++)
		if (seen[i] != 1) return 0;
	return 1;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_type == DT_REG;
}

void test_directories(void)
{
	char name[32], seen[COUNT];
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof name, "file%d", i);
		int fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0 || close(fd)) CHECK(!"made");
	}
	DIR *directory = opendir(".");
	CHECK(directory != NULL);
	CHECK(read_all(directory, seen) == 2 && each_once(seen));
	rewinddir(directory);
	CHECK(read_all(directory, seen) == 2 && each_once(seen));

	/* A place is found again. */
	rewinddir(directory);
	for (int i = 0; i < 100; i++) readdir(directory);
	long place = telldir(directory);
	struct dirent *entry = readdir(directory);
	strcpy(name, entry->d_name);
	for (int i = 0; i < 100; i++) readdir(directory);
	seekdir(directory, place);
	entry = readdir(directory);
	CHECK(entry && !strcmp(entry->d_name, name));
	CHECK(closedir(directory) == 0);

	/* The descriptor's number is used again, from the start. */
	directory = opendir(".");
	CHECK(read_all(directory, seen) == 2 && each_once(seen) && closedir(directory) == 0);
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	directory = fdopendir(dup(fd));
	CHECK(read_all(directory, seen) == 2 && each_once(seen) && closedir(directory) == 0);
	directory = fdopendir(fd);
	CHECK(directory && dirfd(directory) == fd && read_all(directory, seen) == 2 && closedir(directory) == 0);

	CHECK(mkdir("d", 0700) == 0 && symlink("d", "s") == 0);
	struct dirent **list;
	CHECK(scandir(".", &list, is_file, alphasort) == COUNT && !strcmp(list[0]->d_name, "file0"));
	struct stat status;
	CHECK(stat(list[5]->d_name, &status) == 0 && status.st_ino == list[5]->d_ino);
	FAILS(ENOTDIR, opendir("file0") ? 0 : -1);
	FAILS(ENOENT, opendir("absent") ? 0 : -1);
	fd = open("file0", O_RDONLY);
	FAILS(ENOTDIR, fdopendir(fd) ? 0 : -1);
	CHECK(close(fd) == 0);
}
