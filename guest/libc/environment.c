/* Arguments and environment, and the words by which musl's start-up asks for them. */
#include "environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer.h"

extern char **environ;

typedef uint32_t list_operation(uint32_t offset, void *data, uint32_t capacity, uint32_t *length);

/* Strings in memory of their own: malloc needs a libc that has started, which asks for these. */
struct list {
	char **strings;
	size_t pages;
};

static void release(struct list list)
{
	if (list.strings) give_pages((uintptr_t)list.strings, list.pages);
}

/* The strings of an operation's answer. Answers their number, or -errno. */
static long fetch(list_operation *ask, struct list *result)
{
	uint32_t size, length, error;
	if ((error = ask(0, NULL, 0, &size))) return failed(error);
	if (size > INT32_MAX / 8) return -E2BIG;
	/* Room for as many pointers as there can be strings; what is not used of it costs nothing. */
	size_t pointers = (size + 2) * sizeof(char *);
	struct list list = { .pages = (pointers + size + PAGE) / PAGE };
	list.strings = (char **)take_pages(list.pages);
	if (!list.strings) return -ENOMEM;
	char *data = (char *)list.strings + pointers;
	for (uint32_t at = 0; at < size; at += MAX_DATA) {
		uint32_t part = size - at < MAX_DATA ? size - at : MAX_DATA;
		if ((error = ask(at, data + at, part, &length))) {
			release(list);
			return failed(error);
		}
	}
	long count = 0;
	for (char *at = data; at < data + size; at += strlen(at) + 1) list.strings[count++] = at;
	*result = list;
	return count;
}

/* What `environ` was last set to, to be released when the next one comes. */
static struct list fetched;

int __sallyport_environ(char ***result)
{
	long count = fetch(sallyport_environment, &fetched);
	if (count < 0) return (int)count;
	*result = fetched.strings;
	return 0;
}

int __sallyport_arguments(int *argc, char ***argv)
{
	struct list list;
	long count = fetch(sallyport_arguments, &list);
	if (count < 0) return (int)count;
	*argv = list.strings;
	*argc = (int)count;
	return 0;
}

void __sallyport_start(void)
{
}

int sallyport_refresh_environment(void)
{
	struct list old = fetched;
	long count = fetch(sallyport_environment, &fetched);
	if (count < 0) return (int)-count;
	/* Frees the strings that setenv made. */
	clearenv();
	environ = fetched.strings;
	release(old);
	return 0;
}
