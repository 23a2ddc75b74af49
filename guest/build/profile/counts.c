/*
 * The counting interpreter's module _counts: what the compiler's instrumentation has counted, as a raw profile of
 * LLVM (llvm/ProfileData/InstrProfData.inc has the format), for which this target has no runtime library.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

enum { IPVK_Last = 2 };
typedef uintptr_t IntPtrT;

struct data {
#define INSTR_PROF_DATA(Type, LLVMType, Name, Initializer) Type Name;
#include "profile/InstrProfData.inc"
};

#define MAGIC_32 0xff6c70726f665281 /* \xff l p r o f R \x81 */

extern const uint64_t __llvm_profile_raw_version;
extern const struct data __start___llvm_prf_data[], __stop___llvm_prf_data[];
extern const uint64_t __start___llvm_prf_cnts[], __stop___llvm_prf_cnts[];
extern const char __start___llvm_prf_names[], __stop___llvm_prf_names[];

/* What instrumented code asks of a runtime library; the sections say the same. */
int __llvm_profile_runtime;
void __llvm_profile_register_function(void *data);
void __llvm_profile_register_function(void *data) { (void)data; }
void __llvm_profile_register_names_function(void *names, uint64_t size);
void __llvm_profile_register_names_function(void *names, uint64_t size) {
    (void)names;
    (void)size;
}

static char *append(char *at, const void *from, size_t size) {
    memcpy(at, from, size);
    return at + size;
}

static PyObject *profile(PyObject *module, PyObject *unused) {
    (void)module;
    (void)unused;
    const uintptr_t data = (uintptr_t)__start___llvm_prf_data, counters = (uintptr_t)__start___llvm_prf_cnts,
                    names = (uintptr_t)__start___llvm_prf_names;
    const size_t data_size = (uintptr_t)__stop___llvm_prf_data - data, counters_size = (uintptr_t)__stop___llvm_prf_cnts - counters,
                 names_size = (uintptr_t)__stop___llvm_prf_names - names, padding = -names_size & 7;
    /* The fields of INSTR_PROF_RAW_HEADER, in its order. */
    const uint64_t header[] = {
        MAGIC_32, __llvm_profile_raw_version, 0, data_size / sizeof(struct data), 0, counters_size / sizeof(uint64_t), 0, 0, 0,
        names_size, (uint32_t)(counters - data), 0, names, 0, 0, IPVK_Last,
    };
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(sizeof header + data_size + counters_size + names_size + padding));
    if (!result)
        return NULL;
    char *at = append(PyBytes_AS_STRING(result), header, sizeof header);
    at = append(at, __start___llvm_prf_data, data_size);
    at = append(at, __start___llvm_prf_cnts, counters_size);
    at = append(at, __start___llvm_prf_names, names_size);
    memset(at, 0, padding);
    return result;
}

static PyMethodDef methods[] = {{"profile", profile, METH_NOARGS, "The counts so far, as bytes."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_counts", NULL, -1, methods, NULL, NULL, NULL, NULL};

static PyObject *initialise(void) { return PyModule_Create(&definition); }

__attribute__((constructor)) static void install(void) { PyImport_AppendInittab("_counts", initialise); }
