#include <elf.h>
#include <stddef.h>
#include "pthread_impl.h"
#include "libc.h"
#include "syscall.h"

volatile int __thread_list_lock;

/* The only thread's descriptor; its address is what __get_tp gives. */
_Alignas(struct pthread) char __wasm_thread[sizeof(struct pthread)];

int __init_tp(void *p)
{
	pthread_t td = p;
	td->self = td;
	td->detach_state = DT_JOINABLE;
	td->tid = __syscall(SYS_set_tid_address, &__thread_list_lock);
	td->locale = &libc.global_locale;
	td->robust_list.head = &td->robust_list.head;
	td->next = td->prev = td;
	return 0;
}

void __init_tls(size_t *aux)
{
	__init_tp(__wasm_thread);
}
