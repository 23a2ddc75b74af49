/* One thread, one static descriptor (src/env/wasm32/__init_tls.c). */
extern char __wasm_thread[];

static inline uintptr_t __get_tp(void)
{
	return (uintptr_t)__wasm_thread;
}

#define MC_PC __pc
