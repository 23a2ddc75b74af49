/* _sallyport: the controller's own operations, for the driver (see PROTOCOL.md). */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "codec.h"
#include "environment.h"
#include "imports.h"
#include "memory.h"
#include "settle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

/* What one operation carries: MAX_DATA of src/wire/parameters.ts. */
#define PART ((Py_ssize_t)1 << 20)
/* A first buffer that most answers fit in: one operation, no second copy. */
#define FIRST 4096

static PyObject *fail(uint32_t error) {
    errno = (int)error;
    return PyErr_SetFromErrno(PyExc_OSError);
}

typedef uint32_t (*part_reader)(uint32_t which, uint32_t offset, void *data, uint32_t capacity, uint32_t *length);

/* Reads the rest of a message of which `have` bytes of `total` are in `first`. */
static PyObject *collect(part_reader reader, uint32_t which, const char *first, uint32_t have, uint32_t total) {
    PyObject *message = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)total);
    if (!message)
        return NULL;
    char *data = PyBytes_AS_STRING(message);
    if (have > total)
        have = total;
    memcpy(data, first, have);
    while (have < total) {
        uint32_t length = 0;
        uint32_t part = total - have > (uint32_t)PART ? (uint32_t)PART : total - have;
        uint32_t error = reader(which, have, data + have, part, &length);
        if (error) {
            Py_DECREF(message);
            return fail(error);
        }
        if (length != total) {
            Py_DECREF(message);
            PyErr_SetString(PyExc_SystemError, "a message of the controller changed its length");
            return NULL;
        }
        have += part;
    }
    return message;
}

static uint32_t read_command(uint32_t which, uint32_t offset, void *data, uint32_t capacity, uint32_t *length) {
    (void)which;
    return sallyport_command(offset, data, capacity, length);
}

static uint32_t read_answer(uint32_t which, uint32_t offset, void *data, uint32_t capacity, uint32_t *length) {
    return sallyport_answer(which, offset, data, capacity, length);
}

static PyObject *whole(part_reader reader, uint32_t which) {
    char first[FIRST];
    uint32_t total = 0;
    uint32_t error = reader(which, 0, first, sizeof first, &total);
    if (error)
        return fail(error);
    return collect(reader, which, first, sizeof first, total);
}

static PyObject *command(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return whole(read_command, 0);
}

static PyObject *environment(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    int error = sallyport_refresh_environment();
    if (error)
        return fail((uint32_t)error);
    PyObject *list = PyList_New(0);
    for (char **each = environ; list && each && *each; each++) {
        PyObject *entry = PyBytes_FromString(*each);
        if (!entry || PyList_Append(list, entry) < 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *report(PyObject *module, PyObject *args) {
    (void)module;
    unsigned int kind;
    Py_buffer message;
    if (!PyArg_ParseTuple(args, "Iy*:report", &kind, &message))
        return NULL;
    uint32_t error = 0;
    const char *data = message.buf;
    Py_ssize_t left = message.len;
    do {
        Py_ssize_t part = left > PART ? PART : left;
        error = sallyport_report(kind, left == part, data, (uint32_t)part);
        data += part;
        left -= part;
    } while (!error && left > 0);
    PyBuffer_Release(&message);
    if (error)
        return fail(error);
    Py_RETURN_NONE;
}

/* Sends all parts of a request but the last one. */
static uint32_t send_front(const char **data, Py_ssize_t *left, int starting) {
    while (*left > PART) {
        char nothing[1];
        uint32_t answer = 0;
        uint32_t error = starting ? sallyport_start(0, *data, (uint32_t)PART, &answer)
                                  : sallyport_call(0, *data, (uint32_t)PART, nothing, 0, &answer);
        if (error)
            return error;
        *data += PART;
        *left -= PART;
    }
    return 0;
}

static PyObject *call(PyObject *module, PyObject *argument) {
    (void)module;
    Py_buffer request;
    if (PyObject_GetBuffer(argument, &request, PyBUF_SIMPLE) < 0)
        return NULL;
    char first[FIRST];
    uint32_t total = 0;
    const char *data = request.buf;
    Py_ssize_t left = request.len;
    uint32_t error = send_front(&data, &left, 0);
    if (!error)
        error = sallyport_call(1, data, (uint32_t)left, first, sizeof first, &total);
    PyBuffer_Release(&request);
    /* Interrupted: the handler may raise, which leaves the call; else an empty request waits for its answer again. */
    while (error == EINTR) {
        if (PyErr_CheckSignals() < 0)
            return NULL;
        error = sallyport_call(1, first, 0, first, sizeof first, &total);
    }
    if (error)
        return fail(error);
    PyObject *answer = collect(read_answer, 0, first, sizeof first, total);
    if (answer && PyErr_CheckSignals() < 0)
        Py_CLEAR(answer);
    return answer;
}

static PyObject *start(PyObject *module, PyObject *argument) {
    (void)module;
    Py_buffer request;
    if (PyObject_GetBuffer(argument, &request, PyBUF_SIMPLE) < 0)
        return NULL;
    uint32_t number = 0;
    const char *data = request.buf;
    Py_ssize_t left = request.len;
    uint32_t error = send_front(&data, &left, 1);
    if (!error)
        error = sallyport_start(1, data, (uint32_t)left, &number);
    PyBuffer_Release(&request);
    if (error)
        return fail(error);
    return PyLong_FromUnsignedLong(number);
}

static PyObject *answer(PyObject *module, PyObject *argument) {
    (void)module;
    unsigned long number = PyLong_AsUnsignedLong(argument);
    if (number == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    char first[FIRST];
    uint32_t total = 0;
    uint32_t error = sallyport_answer((uint32_t)number, 0, first, sizeof first, &total);
    if (error == EAGAIN)
        Py_RETURN_NONE;
    if (error)
        return fail(error);
    return collect(read_answer, (uint32_t)number, first, sizeof first, total);
}

static PyObject *completions(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    int32_t fd = -1;
    uint32_t error = sallyport_completions(&fd);
    if (error)
        return fail(error);
    return PyLong_FromLong(fd);
}

static PyObject *library(PyObject *module, PyObject *args) {
    (void)module;
    const char *path;
    Py_ssize_t path_size;
    long long offset;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "s#Ln:library", &path, &path_size, &offset, &size))
        return NULL;
    if (size < 0 || offset < 0) {
        PyErr_SetString(PyExc_ValueError, "a size or offset below 0");
        return NULL;
    }
    int32_t fd = -1;
    uint32_t error = sallyport_open(AT_FDCWD, path, (uint32_t)path_size, O_RDONLY | O_CLOEXEC, 0, &fd);
    if (error)
        return fail(error);
    PyObject *part = PyBytes_FromStringAndSize(NULL, size);
    Py_ssize_t have = 0;
    while (part && !error && have < size) {
        uint32_t length = 0;
        error = sallyport_pread(fd, PyBytes_AS_STRING(part) + have, (uint32_t)(size - have), offset + have, &length);
        if (!error && length == 0)
            break;
        if (!error)
            have += length;
    }
    sallyport_close(fd);
    if (error) {
        Py_XDECREF(part);
        return fail(error);
    }
    if (part && have < size)
        _PyBytes_Resize(&part, have);
    return part;
}

static PyObject *hold_memory(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    sallyport_hold_memory();
    Py_RETURN_NONE;
}

static PyObject *free_memory(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyBool_FromLong(sallyport_free_memory());
}

/* Calls without a frame beneath: to the program, its own frame is the outermost, as where it is run by an interpreter alone. */
static PyObject *outermost(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count < 1) {
        PyErr_SetString(PyExc_TypeError, "outermost() wants what to call");
        return NULL;
    }
    PyThreadState *tstate = PyThreadState_Get();
    struct _PyInterpreterFrame *frame = tstate->current_frame;
    tstate->current_frame = NULL;
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)(count - 1), NULL);
    tstate->current_frame = frame;
    return result;
}

static PyMethodDef methods[] = {
    {"command", command, METH_NOARGS, "The run's command, as bytes."},
    {"environment", environment, METH_NOARGS, "Asks for the environment, for C code, too: a list of K=V."},
    {"report", report, METH_VARARGS, "report(kind, message): tell the controller."},
    {"call", call, METH_O, "call(request): the answer of a host call, after waiting for it."},
    {"start", start, METH_O, "start(request): begin a host call; its number."},
    {"answer", answer, METH_O, "answer(number): the answer of a started call, or None before it is there."},
    {"completions", completions, METH_NOARGS, "The descriptor that tells of answered calls."},
    {"library", library, METH_VARARGS, "library(path, offset, size): a part of a file, in as few operations as can be."},
    {"hold_memory", hold_memory, METH_NOARGS, "Keep some memory for the time when there is no more."},
    {"free_memory", free_memory, METH_NOARGS, "All memory may be used; was any refused since it was held?"},
    {"outermost", (PyCFunction)(void (*)(void))outermost, METH_FASTCALL, "outermost(function, *args): a call that sees no frame beneath its own."},
    {"settle", sallyport_settle, METH_O, "settle(objects): make them immortal, and fill the heap's holes; for the image."},
    {NULL, NULL, 0, NULL},
};

static int execute(PyObject *module) {
    return sallyport_add_encoder(module) < 0 || sallyport_add_decoder(module) < 0 ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_sallyport",
    .m_doc = "The controller's own operations. Use the package sallyport instead.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__sallyport(void) {
    return PyModuleDef_Init(&definition);
}
