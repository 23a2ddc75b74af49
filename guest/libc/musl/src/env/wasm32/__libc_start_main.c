#include <elf.h>
#include <unistd.h>
#include "libc.h"

/* Start-up without a stack image from a kernel: the environment comes from the caller, there is no auxiliary vector
 * but the page size, and constructors are called by the object that calls this (crt/). */
void __sallyport_init_libc(char **envp, char *name)
{
	static size_t auxv[] = { AT_PAGESZ, 4096, AT_NULL, 0 };
	size_t i;
	libc.auxv = auxv;
	libc.page_size = 4096;
	__environ = envp;
	__progname = __progname_full = name;
	for (i=0; name[i]; i++) if (name[i]=='/') __progname = name+i+1;
	__init_tls(auxv);
}
