/*
 * WebAssembly's arithmetic in C, as wasm2c's output expects it.
 *
 * The macros follow those that wasm2c 1.0.36 (Apache License 2.0) puts before its output; what differs is how
 * a trap leaves, and that rounding needs neither a C library nor SSE4.1.
 */
#ifndef SALLYPORT_NUMBERS_H
#define SALLYPORT_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;
typedef double f64;

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define isnan(x) __builtin_isnan(x)
#define signbit(x) __builtin_signbit(x)
#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()

/* The reasons of `died`. */
enum trap_reason {
  TRAP_UNREACHABLE = 1,
  TRAP_OUT_OF_BOUNDS = 2,
  TRAP_INTEGER = 3,
  TRAP_STACK = 4,
  TRAP_INDIRECT_CALL = 5,
  TRAP_OTHER = 6
};
__attribute__((noreturn, cold)) void wasm_trap(u32 reason);

#define TRAP_REASON_UNREACHABLE TRAP_UNREACHABLE
#define TRAP_REASON_OOB TRAP_OUT_OF_BOUNDS
#define TRAP_REASON_DIV_BY_ZERO TRAP_INTEGER
#define TRAP_REASON_INT_OVERFLOW TRAP_INTEGER
#define TRAP_REASON_INVALID_CONVERSION TRAP_INTEGER
#define TRAP_REASON_CALL_INDIRECT TRAP_INDIRECT_CALL
#define TRAP(x) (wasm_trap(TRAP_REASON_##x), 0)
#define UNREACHABLE TRAP(UNREACHABLE)

#define FUNC_PROLOGUE
#define FUNC_EPILOGUE

#define I32_CLZ(x) ((x) ? __builtin_clz(x) : 32)
#define I64_CLZ(x) ((x) ? __builtin_clzll(x) : 64)
#define I32_CTZ(x) ((x) ? __builtin_ctz(x) : 32)
#define I64_CTZ(x) ((x) ? __builtin_ctzll(x) : 64)
#define I32_POPCNT(x) (__builtin_popcount(x))
#define I64_POPCNT(x) (__builtin_popcountll(x))

#define DIV_S(ut, min, x, y)                                                                  \
  ((UNLIKELY((y) == 0)) ? TRAP(DIV_BY_ZERO)                                                   \
                        : (UNLIKELY((x) == min && (y) == -1)) ? TRAP(INT_OVERFLOW) : (ut)((x) / (y)))
#define REM_S(ut, min, x, y)                                                                  \
  ((UNLIKELY((y) == 0)) ? TRAP(DIV_BY_ZERO)                                                   \
                        : (UNLIKELY((x) == min && (y) == -1)) ? 0 : (ut)((x) % (y)))
#define I32_DIV_S(x, y) DIV_S(u32, INT32_MIN, (s32)x, (s32)y)
#define I64_DIV_S(x, y) DIV_S(u64, INT64_MIN, (s64)x, (s64)y)
#define I32_REM_S(x, y) REM_S(u32, INT32_MIN, (s32)x, (s32)y)
#define I64_REM_S(x, y) REM_S(u64, INT64_MIN, (s64)x, (s64)y)
#define DIVREM_U(op, x, y) ((UNLIKELY((y) == 0)) ? TRAP(DIV_BY_ZERO) : ((x)op(y)))
#define DIV_U(x, y) DIVREM_U(/, x, y)
#define REM_U(x, y) DIVREM_U(%, x, y)

#define ROTL(x, y, mask) (((x) << ((y) & (mask))) | ((x) >> (((mask) - (y) + 1) & (mask))))
#define ROTR(x, y, mask) (((x) >> ((y) & (mask))) | ((x) << (((mask) - (y) + 1) & (mask))))
#define I32_ROTL(x, y) ROTL(x, y, 31)
#define I64_ROTL(x, y) ROTL(x, y, 63)
#define I32_ROTR(x, y) ROTR(x, y, 31)
#define I64_ROTR(x, y) ROTR(x, y, 63)

#define FMIN(x, y)                                                                            \
  ((UNLIKELY((x) != (x)))                                                                     \
       ? NAN                                                                                  \
       : (UNLIKELY((y) != (y))) ? NAN                                                         \
                                : (UNLIKELY((x) == 0 && (y) == 0)) ? (signbit(x) ? x : y) : (x < y) ? x : y)
#define FMAX(x, y)                                                                            \
  ((UNLIKELY((x) != (x)))                                                                     \
       ? NAN                                                                                  \
       : (UNLIKELY((y) != (y))) ? NAN                                                         \
                                : (UNLIKELY((x) == 0 && (y) == 0)) ? (signbit(x) ? y : x) : (x > y) ? x : y)

#define TRUNC_S(ut, st, ft, min, minop, max, x)                                               \
  ((UNLIKELY((x) != (x))) ? TRAP(INVALID_CONVERSION)                                          \
                          : (UNLIKELY(!((x)minop(min) && (x) < (max)))) ? TRAP(INT_OVERFLOW) : (ut)(st)(x))
#define I32_TRUNC_S_F32(x) TRUNC_S(u32, s32, f32, (f32)INT32_MIN, >=, 2147483648.f, x)
#define I64_TRUNC_S_F32(x) TRUNC_S(u64, s64, f32, (f32)INT64_MIN, >=, (f32)INT64_MAX, x)
#define I32_TRUNC_S_F64(x) TRUNC_S(u32, s32, f64, -2147483649., >, 2147483648., x)
#define I64_TRUNC_S_F64(x) TRUNC_S(u64, s64, f64, (f64)INT64_MIN, >=, (f64)INT64_MAX, x)
#define TRUNC_U(ut, ft, max, x)                                                               \
  ((UNLIKELY((x) != (x))) ? TRAP(INVALID_CONVERSION)                                          \
                          : (UNLIKELY(!((x) > (ft)-1 && (x) < (max)))) ? TRAP(INT_OVERFLOW) : (ut)(x))
#define I32_TRUNC_U_F32(x) TRUNC_U(u32, f32, 4294967296.f, x)
#define I64_TRUNC_U_F32(x) TRUNC_U(u64, f32, (f32)UINT64_MAX, x)
#define I32_TRUNC_U_F64(x) TRUNC_U(u32, f64, 4294967296., x)
#define I64_TRUNC_U_F64(x) TRUNC_U(u64, f64, (f64)UINT64_MAX, x)

#define TRUNC_SAT_S(ut, st, ft, min, smin, minop, max, smax, x)                               \
  ((UNLIKELY((x) != (x)))                                                                     \
       ? 0                                                                                    \
       : (UNLIKELY(!((x)minop(min)))) ? smin : (UNLIKELY(!((x) < (max)))) ? smax : (ut)(st)(x))
#define I32_TRUNC_SAT_S_F32(x) TRUNC_SAT_S(u32, s32, f32, (f32)INT32_MIN, INT32_MIN, >=, 2147483648.f, INT32_MAX, x)
#define I64_TRUNC_SAT_S_F32(x) TRUNC_SAT_S(u64, s64, f32, (f32)INT64_MIN, INT64_MIN, >=, (f32)INT64_MAX, INT64_MAX, x)
#define I32_TRUNC_SAT_S_F64(x) TRUNC_SAT_S(u32, s32, f64, -2147483649., INT32_MIN, >, 2147483648., INT32_MAX, x)
#define I64_TRUNC_SAT_S_F64(x) TRUNC_SAT_S(u64, s64, f64, (f64)INT64_MIN, INT64_MIN, >=, (f64)INT64_MAX, INT64_MAX, x)
#define TRUNC_SAT_U(ut, ft, max, smax, x)                                                     \
  ((UNLIKELY((x) != (x)))                                                                     \
       ? 0                                                                                    \
       : (UNLIKELY(!((x) > (ft)-1))) ? 0 : (UNLIKELY(!((x) < (max)))) ? smax : (ut)(x))
#define I32_TRUNC_SAT_U_F32(x) TRUNC_SAT_U(u32, f32, 4294967296.f, UINT32_MAX, x)
#define I64_TRUNC_SAT_U_F32(x) TRUNC_SAT_U(u64, f32, (f32)UINT64_MAX, UINT64_MAX, x)
#define I32_TRUNC_SAT_U_F64(x) TRUNC_SAT_U(u32, f64, 4294967296., UINT32_MAX, x)
#define I64_TRUNC_SAT_U_F64(x) TRUNC_SAT_U(u64, f64, (f64)UINT64_MAX, UINT64_MAX, x)

#define DEFINE_REINTERPRET(name, from, to)          \
  static inline to name(from x) {                   \
    to result;                                      \
    __builtin_memcpy(&result, &x, sizeof(result));  \
    return result;                                  \
  }
DEFINE_REINTERPRET(f32_reinterpret_i32, u32, f32)
DEFINE_REINTERPRET(i32_reinterpret_f32, f32, u32)
DEFINE_REINTERPRET(f64_reinterpret_i64, u64, f64)
DEFINE_REINTERPRET(i64_reinterpret_f64, f64, u64)

static inline f32 wasm_quietf(f32 x) {
  return UNLIKELY(isnan(x)) ? f32_reinterpret_i32(i32_reinterpret_f32(x) | 0x7fc00000u) : x;
}
static inline f64 wasm_quiet(f64 x) {
  return UNLIKELY(isnan(x)) ? f64_reinterpret_i64(i64_reinterpret_f64(x) | 0x7ff8000000000000ull) : x;
}
static inline f32 wasm_fabsf(f32 x) { return f32_reinterpret_i32(i32_reinterpret_f32(x) & 0x7fffffffu); }
static inline f64 wasm_fabs(f64 x) {
  return f64_reinterpret_i64(i64_reinterpret_f64(x) & 0x7fffffffffffffffull);
}
static inline f32 copysignf(f32 x, f32 y) { return __builtin_copysignf(x, y); }
static inline f64 copysign(f64 x, f64 y) { return __builtin_copysign(x, y); }
static inline f32 wasm_sqrtf(f32 x) { return UNLIKELY(isnan(x)) ? wasm_quietf(x) : __builtin_sqrtf(x); }
static inline f64 wasm_sqrt(f64 x) { return UNLIKELY(isnan(x)) ? wasm_quiet(x) : __builtin_sqrt(x); }

/*
 * Rounding. Adding and taking away 2^52 (2^23) rounds to the nearest even integer in the processor's default
 * mode, which nothing here ever changes; the sign is put back for zeros.
 */
#define DEFINE_ROUNDING(T, suffix, BIG)                                              \
  static inline T wasm_nearbyint##suffix(T x) {                                      \
    T size = wasm_fabs##suffix(x);                                                   \
    if (UNLIKELY(!(size < BIG)))                                                     \
      return wasm_quiet##suffix(x);                                                  \
    return copysign##suffix((size + BIG) - BIG, x);                                  \
  }                                                                                  \
  static inline T wasm_floor##suffix(T x) {                                          \
    T near = wasm_nearbyint##suffix(x);                                              \
    return near > x ? near - 1 : near;                                               \
  }                                                                                  \
  static inline T wasm_ceil##suffix(T x) {                                           \
    T near = wasm_nearbyint##suffix(x);                                              \
    return near < x ? copysign##suffix(near + 1, x) : near;                          \
  }                                                                                  \
  static inline T wasm_trunc##suffix(T x) {                                          \
    T size = wasm_fabs##suffix(x);                                                   \
    if (UNLIKELY(!(size < BIG)))                                                     \
      return wasm_quiet##suffix(x);                                                  \
    T near = (size + BIG) - BIG;                                                     \
    return copysign##suffix(near > size ? near - 1 : near, x);                       \
  }
DEFINE_ROUNDING(f32, f, 8388608.f)
DEFINE_ROUNDING(f64, , 4503599627370496.)

#endif
