#ifndef SALLYPORT_SETTLE_H
#define SALLYPORT_SETTLE_H

#include <Python.h>

/* settle(objects): see settle.c. */
PyObject *sallyport_settle(PyObject *module, PyObject *roots);

#endif
