/* What the guest runtime calls of the interpreter.
 *
 *   boot()            once, when the image is made: an initialised interpreter with the driver and the modules that
 *                     programs import most. Linear memory after it is the image that every sandbox starts from.
 *   run()             once for each command of the controller, on a stack without wasm frames.
 *   interrupt_words() where the runtime's signal handler has to write to interrupt Python code that computes
 *                     (a patch of signalmodule.c exports it).
 *
 * No call into the interpreter may come from the C library's start-up: the image's environment is nobody's.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "internal/pycore_ceval.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_signal.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(name), visibility("default")))

#define LIBRARY L"/usr/lib/python3.13"
#define EXECUTABLE L"/usr/bin/python3.13"

/* The secret of str hashes is part of the image, hence known: see docs/values.md. Any number but 0 leaves
 * sys.flags.hash_randomization as programs know it. */
#define HASH_SEED 1305193

/* Frames of the driver below the user's code, which shall have all of sys.getrecursionlimit(). */
#define DRIVER_FRAMES 4

extern PyObject *PyInit__sallyport(void);

/* The driver's run(), looked up once so that a run needs no import. */
static PyObject *driver_run;

static int complain(const char *what) {
    const char *parts[] = {"sallyport: the interpreter cannot start: ", what, "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (write(2, parts[i], strlen(parts[i])) < 0)
            break;
    return 1;
}

static PyStatus configure(PyConfig *config) {
    static wchar_t *const paths[] = {LIBRARY, LIBRARY L"/site-packages"};
    static struct {
        size_t offset;
        const wchar_t *value;
    } const strings[] = {
        {offsetof(PyConfig, program_name), EXECUTABLE}, {offsetof(PyConfig, executable), EXECUTABLE},
        {offsetof(PyConfig, base_executable), EXECUTABLE}, {offsetof(PyConfig, prefix), L"/usr"},
        {offsetof(PyConfig, base_prefix), L"/usr"}, {offsetof(PyConfig, exec_prefix), L"/usr"},
        {offsetof(PyConfig, base_exec_prefix), L"/usr"}, {offsetof(PyConfig, stdlib_dir), LIBRARY},
        {offsetof(PyConfig, platlibdir), L"lib"}, {offsetof(PyConfig, stdio_encoding), L"utf-8"},
        {offsetof(PyConfig, stdio_errors), L"surrogateescape"},
    };
    PyStatus status;

    config->use_environment = 0;
    config->parse_argv = 0;
    config->user_site_directory = 0;
    config->write_bytecode = 0;
    config->pathconfig_warnings = 0;
    config->faulthandler = 0;
    config->use_hash_seed = 1;
    config->hash_seed = HASH_SEED;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        wchar_t **field = (wchar_t **)((char *)config + strings[i].offset);
        status = PyConfig_SetString(config, field, strings[i].value);
        if (PyStatus_Exception(status))
            return status;
    }
    config->module_search_paths_set = 1;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        status = PyWideStringList_Append(&config->module_search_paths, paths[i]);
        if (PyStatus_Exception(status))
            return status;
    }
    return PyConfig_SetArgv(config, 1, (wchar_t *const[]){L""});
}

static PyStatus initialise(void) {
    PyPreConfig before;
    PyPreConfig_InitPythonConfig(&before);
    before.use_environment = 0;
    before.parse_argv = 0;
    before.utf8_mode = 1;
    before.coerce_c_locale = 0;
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status))
        return status;
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    status = configure(&config);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* Answers 0, or a status to leave with; the reason is then on descriptor 2. */
EXPORT("boot") int boot(void) {
    if (PyImport_AppendInittab("_sallyport", PyInit__sallyport) < 0)
        return complain("no memory");
    PyStatus status = initialise();
    if (PyStatus_Exception(status))
        return complain(status.err_msg ? status.err_msg : "unknown reason");
    PyObject *library = PyImport_ImportModule("_sallyport_library");
    PyObject *installed = library ? PyObject_CallMethod(library, "install", NULL) : NULL;
    PyObject *driver = installed ? PyImport_ImportModule("sallyport._boot") : NULL;
    PyObject *done = driver ? PyObject_CallMethod(driver, "boot", NULL) : NULL;
    if (!done) {
        PyErr_Print();
        return complain("the driver failed");
    }
    driver_run = done;
    PyThreadState_Get()->py_recursion_remaining += DRIVER_FRAMES;
    Py_DECREF(driver);
    Py_DECREF(installed);
    Py_DECREF(library);
    return 0;
}

/* Answers 0 to go on with the next command, else a status to leave with. */
EXPORT("run") int run(void) {
    if (!driver_run)
        return complain("boot() was not called");
    PyObject *result = PyObject_CallNoArgs(driver_run);
    if (!result) {
        /* Not a failure of the user's code, which the driver reports: the driver itself did not get through. */
        PyErr_Print();
        return 1;
    }
    long status = PyLong_AsLong(result);
    Py_DECREF(result);
    if (status == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 1;
    }
    return (int)(status & 0xff);
}
