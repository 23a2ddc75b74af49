/* Who the guest is. */
#define _GNU_SOURCE
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"

void test_identity(void)
{
	struct utsname names;
	gid_t groups[4];
	uid_t a, b, c;
	CHECK(getuid() == 1000 && geteuid() == 1000 && getgid() == 1000 && getegid() == 1000);
	CHECK(getpid() > 0 && getppid() >= 0 && getpgrp() > 0 && getsid(0) > 0);
	CHECK(getpgid(getpid()) == getpgrp() && getpgid(0) == getpgrp());
	FAILS(ESRCH, getpgid(99999));
	CHECK(getgroups(0, NULL) == 1 && getgroups(4, groups) == 1 && groups[0] == getgid());
	CHECK(getresuid(&a, &b, &c) == 0 && a == 1000 && b == 1000 && c == 1000);
	FAILS(EPERM, setuid(0));
	FAILS(EPERM, setgid(0));
	FAILS(EPERM, setreuid(-1u, 0));
	CHECK(setuid(1000) == 0 && setreuid(-1u, -1u) == 0 && setresgid(-1u, 1000, -1u) == 0);

	CHECK(uname(&names) == 0 && !strcmp(names.sysname, "Linux") && *names.nodename && *names.machine && *names.release);
	char host[65];
	CHECK(gethostname(host, sizeof host) == 0 && !strcmp(host, names.nodename));

	struct passwd *user = getpwuid(1000);
	CHECK(user && !strcmp(user->pw_name, "sandbox") && *user->pw_dir == '/');
	CHECK(getpwnam("sandbox") && getpwnam("sandbox")->pw_uid == 1000);
	errno = 0;
	CHECK(getpwuid(4711) == NULL && errno == 0);
	CHECK(getpwnam("nobody here") == NULL && errno == 0);
	CHECK(getgrgid(1000) && !strcmp(getgrgid(1000)->gr_name, "sandbox"));
	CHECK(getgrnam("nothing here") == NULL && errno == 0);

	mode_t before = umask(027);
	CHECK(umask(before) == 027 && umask(before) == before);
}
