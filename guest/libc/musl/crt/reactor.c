/* The start of a guest without main(): the host calls _initialize once, then the other exports. */
#include <stddef.h>

extern void __wasm_call_ctors(void);
extern void __sallyport_init_libc(char **envp, char *name);
extern void __sallyport_start(void);
extern int __sallyport_environ(char ***envp);

__attribute__((export_name("_initialize"))) void _initialize(void)
{
	static char *none[] = { NULL };
	char **envp = none;

	__sallyport_start();
	if (__sallyport_environ(&envp) < 0) envp = none;
	__sallyport_init_libc(envp, "guest");
	__wasm_call_ctors();
}
