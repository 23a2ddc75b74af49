/* Runs the tests of the concerns that are named, or all; answers 0 when all checks hold. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int checks_failed, checks_made;

static const struct {
	const char *name;
	void (*run)(void);
} concerns[] = {
	{ "memory", test_memory },
	{ "environment", test_environment },
	{ "signals", test_signals },
	{ "clock", test_clock },
	{ "identity", test_identity },
	{ "resources", test_resources },
	{ "paths", test_paths },
	{ "attributes", test_attributes },
	{ "transfer", test_transfer },
	{ "directories", test_directories },
	{ "descriptors", test_descriptors },
	{ "mappings", test_mappings },
	{ "readiness", test_readiness },
	{ "sockets", test_sockets },
	{ "names", test_names },
};

static int is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name)) return 1;
	return argc < 2;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof concerns / sizeof *concerns; i++) {
		char directory[] = "/tmp/libc-XXXXXX";
		if (!is_wanted(concerns[i].name, argc, argv)) continue;
		int before = checks_failed, made = checks_made;
		CHECK(mkdtemp(directory) && chdir(directory) == 0);
		concerns[i].run();
		printf("%s %s: %d checks\n", checks_failed == before ? "ok  " : "FAIL", concerns[i].name, checks_made - made);
	}
	return checks_failed != 0;
}
