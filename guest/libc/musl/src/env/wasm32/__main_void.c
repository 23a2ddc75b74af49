#include <stddef.h>

/* The compiler names main() by its parameters: __main_void without, __main_argc_argv with. A program of the second
 * kind gets this one as the first, and only such a program asks for its arguments. */
extern int __sallyport_arguments(int *argc, char ***argv);
extern int __main_argc_argv(int argc, char **argv);

int __main_void(void)
{
	static char *none[] = { NULL };
	char **argv = none;
	int argc = 0;

	if (__sallyport_arguments(&argc, &argv) < 0) argc = 0, argv = none;
	return __main_argc_argv(argc, argv);
}
