/* A Landlock domain that can read a few paths, and write nothing. */
#ifndef SALLYPORT_LANDLOCK_H
#define SALLYPORT_LANDLOCK_H

/* The version of Landlock that the running kernel offers; 0 where it has none. */
int landlock_version(void);

/*
 * Confines this process: reading and executing below the shared libraries' directories, the executable, and `paths`.
 * 1 if it is in force, 0 where the kernel has none, -1 with errno.
 */
int landlock_confine(int executable, const char *const *paths, int npaths);

#endif
