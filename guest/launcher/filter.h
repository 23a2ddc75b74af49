/* The seccomp filter: what an RPython child and its dynamic loader need, and nothing else. */
#ifndef SALLYPORT_FILTER_H
#define SALLYPORT_FILTER_H

/* Installs the filter for this process and what it becomes. 0, or -1 with errno. */
int filter_install(void);

#endif
