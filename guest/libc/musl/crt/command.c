/* The start of a guest with main(): the host calls _start. */
#include <stddef.h>
#include <stdlib.h>

extern void __wasm_call_ctors(void);
extern void __sallyport_init_libc(char **envp, char *name);
extern void __sallyport_start(void);
extern int __sallyport_environ(char ***envp);
extern int __main_void(void);

__attribute__((export_name("_start"))) void _start(void)
{
	static char *none[] = { NULL };
	char **envp = none;

	__sallyport_start();
	if (__sallyport_environ(&envp) < 0) envp = none;
	__sallyport_init_libc(envp, "guest");
	__wasm_call_ctors();
	exit(__main_void());
}
