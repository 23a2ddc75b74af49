/* _sallyport.Decoder: CBOR of plain builtins. sallyport._decode has the subclass that knows the tags. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include "codec.h"

#include <stdint.h>

typedef struct {
    PyObject_HEAD
    PyObject *data; /* bytes */
    Py_ssize_t at;
} Decoder;

#define TUPLE_TAG 60001

static PyObject *malformed(Decoder *self, Py_ssize_t at) {
    self->at = at;
    PyErr_Format(sallyport_malformed ? sallyport_malformed : PyExc_ValueError, "malformed CBOR at byte %zd", at);
    return NULL;
}

static Py_ssize_t left(Decoder *self) {
    return PyBytes_GET_SIZE(self->data) - self->at;
}

static const unsigned char *here(Decoder *self) {
    return (const unsigned char *)PyBytes_AS_STRING(self->data) + self->at;
}

/* The argument of a head. Answers 0, or -1 with an exception. */
static int argument(Decoder *self, int info, uint64_t *value) {
    if (info < 24) {
        *value = (uint64_t)info;
        return 0;
    }
    Py_ssize_t size = (Py_ssize_t)1 << (info - 24);
    if (info > 27 || size > left(self)) {
        malformed(self, self->at);
        return -1;
    }
    const unsigned char *from = here(self);
    uint64_t result = 0;
    for (Py_ssize_t i = 0; i < size; i++)
        result = result << 8 | from[i];
    self->at += size;
    *value = result;
    return 0;
}

static PyObject *get_item(Decoder *self, long depth);

static PyObject *too_deep(void) {
    PyErr_SetObject(sallyport_cannot_travel ? sallyport_cannot_travel : PyExc_TypeError, sallyport_too_deep);
    return NULL;
}

static PyObject *get_array(Decoder *self, uint64_t count, long depth) {
    if (depth <= 0)
        return too_deep();
    if (count > (uint64_t)left(self))
        return malformed(self, self->at);
    /* Grown as items come: a long array may fail at its first one. */
    PyObject *list = PyList_New(0);
    for (uint64_t i = 0; list && i < count; i++) {
        PyObject *item = get_item(self, depth - 1);
        if (!item) {
            if (PyErr_ExceptionMatches(sallyport_cannot_travel)) {
                PyObject *error = PyErr_GetRaisedException();
                PyObject *step = PyLong_FromUnsignedLongLong(i);
                PyErr_SetRaisedException(error);
                if (step)
                    sallyport_add_step("index", step, list);
                Py_XDECREF(step);
            }
            Py_CLEAR(list);
            break;
        }
        if (PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_DECREF(item);
    }
    return list;
}

/* Sets one member; a key without a hash is the subclass's to complain about. */
static int set_member(Decoder *self, PyObject *dict, PyObject *key, PyObject *value) {
    if (PyDict_SetItem(dict, key, value) == 0)
        return 0;
    if (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        PyObject *done = PyObject_CallMethod((PyObject *)self, "bad_key", "O", key);
        Py_XDECREF(done);
    }
    return -1;
}

static PyObject *get_map(Decoder *self, uint64_t count, long depth) {
    if (depth <= 0)
        return too_deep();
    if (count > (uint64_t)left(self) / 2)
        return malformed(self, self->at);
    PyObject *dict = PyDict_New();
    for (uint64_t i = 0; dict && i < count; i++) {
        PyObject *key = get_item(self, depth - 1);
        PyObject *value = key ? get_item(self, depth - 1) : NULL;
        if (!value && key)
            sallyport_add_step("key", key, dict);
        if (!value || set_member(self, dict, key, value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    if (dict && (uint64_t)PyDict_GET_SIZE(dict) != count) {
        Py_CLEAR(dict);
        PyObject *done = PyObject_CallMethod((PyObject *)self, "same_keys", NULL);
        Py_XDECREF(done);
    }
    return dict;
}

static PyObject *get_float(Decoder *self, int info) {
    Py_ssize_t size = (Py_ssize_t)1 << (info - 24);
    if (size > left(self))
        return malformed(self, self->at);
    const char *from = (const char *)here(self);
    double value = size == 8 ? PyFloat_Unpack8(from, 0) : size == 4 ? PyFloat_Unpack4(from, 0) : PyFloat_Unpack2(from, 0);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    self->at += size;
    return PyFloat_FromDouble(value);
}

static PyObject *get_simple(Decoder *self, int info) {
    switch (info) {
    case 20:
        Py_RETURN_FALSE;
    case 21:
        Py_RETURN_TRUE;
    case 22:
    case 23:
        Py_RETURN_NONE;
    case 25:
    case 26:
    case 27:
        return get_float(self, info);
    default:
        return PyObject_CallMethod((PyObject *)self, "simple", "i", info);
    }
}

static PyObject *get_tagged(Decoder *self, uint64_t tag, long depth) {
    if (tag != TUPLE_TAG)
        return PyObject_CallMethod((PyObject *)self, "tagged", "Kl", (unsigned long long)tag, depth);
    if (left(self) < 1 || *here(self) >> 5 != 4)
        return malformed(self, self->at);
    PyObject *list = get_item(self, depth);
    PyObject *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return tuple;
}

static PyObject *get_block(Decoder *self, int major, uint64_t size) {
    if (size > (uint64_t)left(self))
        return malformed(self, self->at);
    const char *from = (const char *)here(self);
    self->at += (Py_ssize_t)size;
    if (major == 2)
        return PyBytes_FromStringAndSize(from, (Py_ssize_t)size);
    return PyUnicode_DecodeUTF8(from, (Py_ssize_t)size, NULL);
}

static PyObject *get_item(Decoder *self, long depth) {
    if (left(self) < 1)
        return malformed(self, self->at);
    int first = *here(self);
    int major = first >> 5;
    int info = first & 31;
    self->at++;
    if (major == 7)
        return get_simple(self, info);
    if (info == 31)
        return PyObject_CallMethod((PyObject *)self, "indefinite", "il", major, depth);
    uint64_t n;
    if (argument(self, info, &n) < 0)
        return NULL;
    switch (major) {
    case 0:
        return PyLong_FromUnsignedLongLong(n);
    case 1: {
        if (n <= INT64_MAX)
            return PyLong_FromLongLong(-1 - (int64_t)n);
        PyObject *positive = PyLong_FromUnsignedLongLong(n);
        PyObject *negative = positive ? PyNumber_Invert(positive) : NULL;
        Py_XDECREF(positive);
        return negative;
    }
    case 2:
    case 3:
        return get_block(self, major, n);
    case 4:
        return get_array(self, n, depth);
    case 5:
        return get_map(self, n, depth);
    default:
        return get_tagged(self, n, depth);
    }
}

static int ready(PyObject *self) {
    if (((Decoder *)self)->data)
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "Decoder.__init__() was not called");
    return 0;
}

static PyObject *item(PyObject *self, PyObject *argument) {
    if (!ready(self))
        return NULL;
    long depth = PyLong_AsLong(argument);
    if (depth == -1 && PyErr_Occurred())
        return NULL;
    return get_item((Decoder *)self, depth);
}

static int init(PyObject *object, PyObject *args, PyObject *keywords) {
    Decoder *self = (Decoder *)object;
    (void)keywords;
    PyObject *data;
    if (!PyArg_ParseTuple(args, "S:Decoder", &data))
        return -1;
    Py_XSETREF(self->data, Py_NewRef(data));
    self->at = 0;
    return 0;
}

static void dealloc(PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    Py_CLEAR(((Decoder *)object)->data);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"item", item, METH_O, "item(depth): the next item."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_at(PyObject *self, void *unused) {
    (void)unused;
    return PyLong_FromSsize_t(((Decoder *)self)->at);
}

/* Never outside of the data. */
static int set_at(PyObject *object, PyObject *value, void *unused) {
    Decoder *self = (Decoder *)object;
    (void)unused;
    if (!ready(object))
        return -1;
    Py_ssize_t at = value ? PyLong_AsSsize_t(value) : -1;
    if (at == -1 && PyErr_Occurred())
        return -1;
    if (at < 0 || at > PyBytes_GET_SIZE(self->data)) {
        malformed(self, self->at);
        return -1;
    }
    self->at = at;
    return 0;
}

static PyGetSetDef accessors[] = {
    {"at", get_at, set_at, "Where the next item is.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"data", T_OBJECT_EX, offsetof(Decoder, data), READONLY, "The bytes."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Decoder(bytes): CBOR of plain values. A subclass has tagged(), indefinite(), simple(), bad_key(), same_keys()."},
    {Py_tp_init, init},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, accessors},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "_sallyport.Decoder",
    .basicsize = sizeof(Decoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

int sallyport_add_decoder(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    if (!type)
        return -1;
    int result = PyModule_AddObjectRef(module, "Decoder", type);
    Py_DECREF(type);
    return result;
}
