/* Arguments and environment, and the words by which musl's start-up asks for them. */
#include "environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer.h"

extern char **environ;

typedef uint32_t list_operation(uint32_t offset, void *data, uint32_t capacity, uint32_t *length);

/* The strings of an operation's answer, as an array that ends with NULL and has the data behind it. */
static long fetch(list_operation *ask, char ***result)
{
	uint32_t size, length, error, count = 0;
	if ((error = ask(0, NULL, 0, &size))) return failed(error);
	char *data = malloc(size + 1);
	if (!data) return -ENOMEM;
	for (uint32_t at = 0; at < size; at += MAX_DATA) {
		uint32_t part = size - at < MAX_DATA ? size - at : MAX_DATA;
		if ((error = ask(at, data + at, part, &length))) {
			free(data);
			return failed(error);
		}
	}
	data[size] = 0;
	for (uint32_t i = 0; i < size; i++) count += data[i] == 0;
	/* A last string without its NUL counts, too. */
	if (size > 0 && data[size - 1]) count++;
	char **list = malloc((count + 1) * sizeof *list + size + 1);
	if (list) {
		char *at = memcpy(list + count + 1, data, size + 1);
		for (uint32_t i = 0; i < count; i++, at += strlen(at) + 1) list[i] = at;
		list[count] = NULL;
	}
	free(data);
	if (!list) return -ENOMEM;
	*result = list;
	return (long)count;
}

/* The list that `environ` was last set to, to be freed when the next one comes. */
static char **fetched;

int __sallyport_environ(char ***result)
{
	char **list;
	long count = fetch(sallyport_environment, &list);
	if (count < 0) return (int)count;
	fetched = *result = list;
	return 0;
}

int __sallyport_arguments(int *argc, char ***argv)
{
	long count = fetch(sallyport_arguments, argv);
	if (count < 0) return (int)count;
	*argc = (int)count;
	return 0;
}

void __sallyport_start(void)
{
}

int sallyport_refresh_environment(void)
{
	char **list, **old = fetched;
	long count = fetch(sallyport_environment, &list);
	if (count < 0) return (int)-count;
	/* Frees the strings that setenv made. */
	clearenv();
	environ = fetched = list;
	free(old);
	return 0;
}
