/* _sallyport.Encoder: the plain builtins as CBOR. sallyport._encode has the subclass that knows all other classes. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include "codec.h"

#include <stdint.h>
#include <string.h>

PyObject *sallyport_cannot_travel, *sallyport_too_deep, *sallyport_malformed;

typedef struct {
    PyObject_HEAD
    PyObject *out; /* bytearray */
    Py_ssize_t size;
} Encoder;

void sallyport_add_step(const char *kind, PyObject *step, PyObject *container) {
    if (!sallyport_cannot_travel || !PyErr_ExceptionMatches(sallyport_cannot_travel))
        return;
    PyObject *error = PyErr_GetRaisedException();
    PyObject *done = PyObject_CallMethod(error, "at", "(sO)O", kind, step, container);
    if (!done)
        PyErr_Clear();
    Py_XDECREF(done);
    PyErr_SetRaisedException(error);
}

static PyObject *codec_errors(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *travel, *deep, *malformed;
    if (!PyArg_ParseTuple(args, "OOO:codec_errors", &travel, &deep, &malformed))
        return NULL;
    Py_XSETREF(sallyport_cannot_travel, Py_NewRef(travel));
    Py_XSETREF(sallyport_too_deep, Py_NewRef(deep));
    Py_XSETREF(sallyport_malformed, Py_NewRef(malformed));
    Py_RETURN_NONE;
}

/* Room for n more bytes, within the limit; the subclass says what is wrong. */
static char *room(Encoder *self, Py_ssize_t n) {
    Py_ssize_t length = PyByteArray_GET_SIZE(self->out);
    if (n > self->size || length > self->size - n) {
        PyObject *done = PyObject_CallMethod((PyObject *)self, "room", "n", n);
        if (!done)
            return NULL;
        Py_DECREF(done);
    }
    if (PyByteArray_Resize(self->out, length + n) < 0)
        return NULL;
    return PyByteArray_AS_STRING(self->out) + length;
}

static Py_ssize_t head_size(uint64_t n) {
    return n < 24 ? 1 : n < 0x100 ? 2 : n < 0x10000 ? 3 : n < 0x100000000 ? 5 : 9;
}

/* Writes a head at `to`, answers where it ends. */
static char *write_head(char *to, int major, uint64_t n) {
    Py_ssize_t size = head_size(n);
    if (size == 1) {
        *to = (char)(major | (int)n);
        return to + 1;
    }
    *to++ = (char)(major | (size == 2 ? 24 : size == 3 ? 25 : size == 5 ? 26 : 27));
    for (Py_ssize_t shift = (size - 2) * 8; shift >= 0; shift -= 8)
        *to++ = (char)(n >> shift);
    return to;
}

static int put_head(Encoder *self, int major, uint64_t n) {
    char *to = room(self, head_size(n));
    if (!to)
        return -1;
    write_head(to, major, n);
    return 0;
}

static int put_block(Encoder *self, int major, const char *data, Py_ssize_t n) {
    char *to = room(self, head_size((uint64_t)n) + n);
    if (!to)
        return -1;
    memcpy(write_head(to, major, (uint64_t)n), data, (size_t)n);
    return 0;
}

static int put_byte(Encoder *self, int byte) {
    char *to = room(self, 1);
    if (!to)
        return -1;
    *to = (char)byte;
    return 0;
}

static int put_text(Encoder *self, PyObject *text) {
    if (PyUnicode_IS_COMPACT_ASCII(text))
        return put_block(self, 0x60, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
    /* Not AsUTF8: that would keep a copy in the string. */
    PyObject *bytes = PyUnicode_AsUTF8String(text);
    int major = 0x60;
    if (!bytes && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
        /* Tag 273: WTF-8. */
        char *to = bytes ? room(self, 3) : NULL;
        if (!to) {
            Py_XDECREF(bytes);
            return -1;
        }
        memcpy(to, "\xd9\x01\x11", 3);
        major = 0x40;
    }
    if (!bytes)
        return -1;
    int result = put_block(self, major, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return result;
}

static int put_float(Encoder *self, double value) {
    char *to = room(self, 9);
    if (!to)
        return -1;
    *to = (char)0xfb;
    return PyFloat_Pack8(value, to + 1, 0);
}

static int put_other(Encoder *self, PyObject *object, long depth) {
    PyObject *done = PyObject_CallMethod((PyObject *)self, "other", "Ol", object, depth);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int put_int(Encoder *self, PyObject *object, long depth) {
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow)
        return put_other(self, object, depth);
    if (value == -1 && PyErr_Occurred())
        return -1;
    return value >= 0 ? put_head(self, 0x00, (uint64_t)value) : put_head(self, 0x20, (uint64_t)(-1 - value));
}

static int put_item(Encoder *self, PyObject *object, long depth);

static int too_deep(long depth) {
    if (depth > 0)
        return 0;
    PyErr_SetObject(sallyport_cannot_travel ? sallyport_cannot_travel : PyExc_TypeError, sallyport_too_deep);
    return 1;
}

static int changed(void) {
    PyErr_SetString(PyExc_RuntimeError, "a value changed its size while it was encoded");
    return -1;
}

/* The items of a list or tuple; an error names the step in `owner`. */
static int put_items(Encoder *self, PyObject *items, PyObject *owner, long depth) {
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (too_deep(depth) || put_head(self, 0x80, (uint64_t)count) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PySequence_Fast_GET_SIZE(items) != count)
            return changed();
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        int failed = put_item(self, item, depth - 1);
        Py_DECREF(item);
        if (failed) {
            PyObject *step = NULL;
            if (PyErr_ExceptionMatches(sallyport_cannot_travel)) {
                PyObject *error = PyErr_GetRaisedException();
                step = PyLong_FromSsize_t(i);
                PyErr_SetRaisedException(error);
            }
            if (step)
                sallyport_add_step("index", step, owner);
            Py_XDECREF(step);
            return -1;
        }
    }
    return PySequence_Fast_GET_SIZE(items) == count ? 0 : changed();
}

static int put_dict(Encoder *self, PyObject *dict, long depth) {
    Py_ssize_t count = PyDict_GET_SIZE(dict), position = 0, seen = 0;
    if (too_deep(depth) || put_head(self, 0xa0, (uint64_t)count) < 0)
        return -1;
    PyObject *key, *value;
    while (PyDict_Next(dict, &position, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        int failed = put_item(self, key, depth - 1) < 0 || put_item(self, value, depth - 1) < 0;
        if (failed)
            sallyport_add_step("key", key, dict);
        Py_DECREF(key);
        Py_DECREF(value);
        if (failed)
            return -1;
        if (++seen > count || PyDict_GET_SIZE(dict) != count)
            return changed();
    }
    return seen == count ? 0 : changed();
}

static int put_item(Encoder *self, PyObject *object, long depth) {
    if (PyUnicode_CheckExact(object))
        return put_text(self, object);
    if (PyLong_CheckExact(object))
        return put_int(self, object, depth);
    if (PyFloat_CheckExact(object))
        return put_float(self, PyFloat_AS_DOUBLE(object));
    if (object == Py_None)
        return put_byte(self, 0xf6);
    if (PyBool_Check(object))
        return put_byte(self, object == Py_True ? 0xf5 : 0xf4);
    if (PyDict_CheckExact(object))
        return put_dict(self, object, depth);
    if (PyList_CheckExact(object))
        return put_items(self, object, object, depth);
    if (PyTuple_CheckExact(object)) {
        /* Tag 60001: a tuple. */
        char *to = room(self, 3);
        if (!to)
            return -1;
        memcpy(to, "\xd9\xea\x61", 3);
        return put_items(self, object, object, depth);
    }
    if (PyBytes_CheckExact(object))
        return put_block(self, 0x40, PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
    return put_other(self, object, depth);
}

static int ready(PyObject *self) {
    if (((Encoder *)self)->out)
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "Encoder.__init__() was not called");
    return 0;
}

static PyObject *item(PyObject *self, PyObject *args) {
    PyObject *object;
    long depth;
    if (!ready(self) || !PyArg_ParseTuple(args, "Ol:item", &object, &depth) || put_item((Encoder *)self, object, depth) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *items(PyObject *self, PyObject *args) {
    PyObject *list, *owner;
    long depth;
    if (!ready(self) || !PyArg_ParseTuple(args, "OOl:items", &list, &owner, &depth))
        return NULL;
    if (!PyList_Check(list) && !PyTuple_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "items() needs a list or a tuple");
        return NULL;
    }
    if (put_items((Encoder *)self, list, owner, depth) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int init(PyObject *object, PyObject *args, PyObject *keywords) {
    Encoder *self = (Encoder *)object;
    (void)keywords;
    PyObject *out;
    if (!PyArg_ParseTuple(args, "O!n:Encoder", &PyByteArray_Type, &out, &self->size))
        return -1;
    Py_XSETREF(self->out, Py_NewRef(out));
    return 0;
}

static void dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    Py_CLEAR(((Encoder *)object)->out);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"item", item, METH_VARARGS, "item(object, depth): appends an object."},
    {"items", items, METH_VARARGS, "items(list, owner, depth): appends an array."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"out", T_OBJECT_EX, offsetof(Encoder, out), READONLY, "The bytearray that grows."},
    {"size", T_PYSSIZET, offsetof(Encoder, size), READONLY, "The most bytes that it may have."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Encoder(bytearray, size): plain values as CBOR. A subclass has other(object, depth) and room(n)."},
    {Py_tp_init, init},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_sallyport.Encoder",
    .basicsize = sizeof(Encoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

static PyMethodDef functions[] = {
    {"codec_errors", codec_errors, METH_VARARGS, "codec_errors(CannotTravel, too_deep, Malformed)"},
    {NULL, NULL, 0, NULL},
};

int sallyport_add_encoder(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (!type)
        return -1;
    int result = PyModule_AddObjectRef(module, "Encoder", type);
    Py_DECREF(type);
    return result < 0 ? -1 : PyModule_AddFunctions(module, functions);
}
