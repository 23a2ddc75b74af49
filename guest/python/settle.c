/* The last step before the image is taken: a heap that sandboxes share and seldom write to.
 *
 * Every sandbox starts as a copy-on-write mapping of the image, so each page that it writes is memory of its own. Two things
 * make an interpreter write where it only reads: reference counts, and an allocator that fills holes all over the heap.
 * So all objects of the image become immortal (their counts are never written again; they live as long as the process anyway),
 * and the holes are filled, so that what a sandbox allocates lies together.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "internal/pycore_pymem.h"
#include "internal/pycore_obmalloc.h"

#include "settle.h"

#include <stdint.h>
#include <stdlib.h>

typedef struct {
    PyObject **items;
    size_t length;
    size_t capacity;
    int failed;
} Stack;

static void push(Stack *stack, PyObject *object) {
    if (!object || _Py_IsImmortal(object) || stack->failed)
        return;
    if (stack->length == stack->capacity) {
        size_t capacity = stack->capacity ? stack->capacity * 2 : 1 << 16;
        PyObject **items = realloc(stack->items, capacity * sizeof *items);
        if (!items) {
            stack->failed = 1;
            return;
        }
        stack->items = items;
        stack->capacity = capacity;
    }
    if (PyUnicode_Check(object) && PyUnicode_CHECK_INTERNED(object) == SSTATE_INTERNED_MORTAL)
        ((PyASCIIObject *)object)->state.interned = SSTATE_INTERNED_IMMORTAL;
    object->ob_refcnt = _Py_IMMORTAL_REFCNT;
    stack->items[stack->length++] = object;
}

static int visit(PyObject *object, void *stack) {
    push(stack, object);
    return 0;
}

/* Code objects hold others, but are not known to the collector. */
static void push_code(Stack *stack, PyCodeObject *code) {
    PyObject *const parts[] = {
        code->co_consts,          code->co_names,    code->co_exceptiontable, code->co_localsplusnames,
        code->co_localspluskinds, code->co_filename, code->co_name,           code->co_qualname,
        code->co_linetable,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        push(stack, parts[i]);
    if (code->_co_cached) {
        push(stack, code->_co_cached->_co_code);
        push(stack, code->_co_cached->_co_varnames);
        push(stack, code->_co_cached->_co_cellvars);
        push(stack, code->_co_cached->_co_freevars);
    }
}

static void push_type(Stack *stack, PyTypeObject *type) {
    push(stack, type->tp_mro);
    push(stack, type->tp_bases);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
        push(stack, heap->ht_name);
        push(stack, heap->ht_qualname);
        push(stack, heap->ht_slots);
    }
}

static void push_parts(Stack *stack, PyObject *object) {
    PyTypeObject *type = Py_TYPE(object);
    push(stack, (PyObject *)type);
    if (PyCode_Check(object))
        push_code(stack, (PyCodeObject *)object);
    if (PyType_Check(object))
        push_type(stack, (PyTypeObject *)object);
    if (type->tp_traverse && (!PyType_Check(object) || PyObject_IS_GC(object)))
        type->tp_traverse(object, visit, stack);
}

/* Makes the objects of a list immortal, and all that can be reached from them, but not the list itself. */
static int immortalise(PyObject *roots) {
    Stack stack = {0};
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(roots); i++) {
        PyObject *root = PyList_GET_ITEM(roots, i);
        /* Immortal already, but its parts may not be: static types' dicts, constants. */
        if (_Py_IsImmortal(root))
            push_parts(&stack, root);
        else
            push(&stack, root);
        while (stack.length)
            push_parts(&stack, stack.items[--stack.length]);
    }
    free(stack.items);
    return stack.failed ? -1 : 0;
}

/* Fills the partly used pools of every size: after it, each size starts a pool of its own.
 * A block that is the first of its pool tells that all older pools are full. */
static void fill_pools(void) {
    for (size_t size = ALIGNMENT; size <= SMALL_REQUEST_THRESHOLD; size += ALIGNMENT) {
        for (;;) {
            void *block = PyObject_Malloc(size);
            if (!block)
                break;
            if (((uintptr_t)block & POOL_SIZE_MASK) == POOL_OVERHEAD) {
                PyObject_Free(block);
                break;
            }
        }
    }
}

PyObject *sallyport_settle(PyObject *module, PyObject *roots) {
    (void)module;
    if (!PyList_CheckExact(roots)) {
        PyErr_SetString(PyExc_TypeError, "a list is needed");
        return NULL;
    }
    if (immortalise(roots) < 0)
        return PyErr_NoMemory();
    fill_pools();
    Py_RETURN_NONE;
}
