/* Arguments and environment; the runner gives GREETING=hello world. */
#include <stdlib.h>
#include <unistd.h>

#include "../environment.h"
#include "check.h"

extern char **environ;

void test_environment(void)
{
	CHECK(getenv("GREETING") && !strcmp(getenv("GREETING"), "hello world"));
	CHECK(getenv("ABSENT") == NULL);
	CHECK(setenv("OTHER", "1", 1) == 0 && setenv("GREETING", "changed", 1) == 0);
	CHECK(!strcmp(getenv("GREETING"), "changed"));
	for (int i = 0; i < 3; i++) {
		CHECK(sallyport_refresh_environment() == 0);
		CHECK(getenv("GREETING") && !strcmp(getenv("GREETING"), "hello world"));
		CHECK(getenv("OTHER") == NULL);
		CHECK(setenv("OTHER", "2", 1) == 0 && unsetenv("GREETING") == 0 && !getenv("GREETING"));
	}
	CHECK(sallyport_refresh_environment() == 0);
}
