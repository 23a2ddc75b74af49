/* What the tests of the system layer share: checks that say where they failed. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

extern int checks_failed, checks_made;

#define CHECK(condition) \
	do { \
		checks_made++; \
		if (!(condition)) { \
			checks_failed++; \
			printf("%s:%d: not so: %s (errno %d %s)\n", __FILE__, __LINE__, #condition, errno, strerror(errno)); \
		} \
	} while (0)

/* The call fails with that errno. */
#define FAILS(expected, call) \
	do { \
		checks_made++; \
		errno = 0; \
		long check_result = (long)(call); \
		if (check_result != -1 || errno != (expected)) { \
			checks_failed++; \
			printf("%s:%d: %s answered %ld, errno %d, not %s\n", __FILE__, __LINE__, #call, check_result, errno, #expected); \
		} \
	} while (0)

/* One function a concern; each works in an empty working directory. */
void test_paths(void);
void test_attributes(void);
void test_transfer(void);
void test_directories(void);
void test_descriptors(void);
void test_readiness(void);
void test_sockets(void);
void test_clock(void);
void test_identity(void);
void test_resources(void);
void test_signals(void);
void test_memory(void);
void test_mappings(void);
void test_environment(void);
void test_names(void);

#endif
