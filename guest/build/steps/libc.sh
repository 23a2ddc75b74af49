# musl for wasm32: Debian's source, our architecture directory and patches, installed as /build/sysroot.
source "$BUILD_SOURCE/lib.sh"

musl="$WORK/musl"
port="$GUEST_SOURCE/libc/musl"
rm -rf "$musl" "$WORK/sysroot"
cp -a "$WORK/src/musl" "$musl"

# wasm32 is a 32-bit architecture with 64-bit time and only the modern system calls: riscv32 is one, and
# what is not machine code in it is taken over.
mkdir -p "$musl/arch/wasm32/bits"
cp "$musl"/arch/riscv32/kstat.h "$musl/arch/wasm32/"
cp "$musl"/arch/riscv32/bits/* "$musl/arch/wasm32/bits/"
cp -R "$port/arch" "$port/src" "$musl/"
apply_patches "$musl" "$GUEST_SOURCE/libc/patches"

mkdir -p "$musl/sallyport"
cp "$port"/crt/*.c "$musl/sallyport/"
cat >"$musl/config.mak" <<MAK
ARCH = wasm32
MALLOC_DIR = oldmalloc
CC = clang $WASM_TARGET $WASM_FEATURES $WASM_IDENTITY
AR = llvm-ar
RANLIB = llvm-ranlib
CFLAGS_AUTO = -O2 -pipe -fno-math-errno -w
CFLAGS_MEMOPS =
CFLAGS_C99FSE = -std=c99 -ffreestanding -nostdinc -isystem /usr/lib/llvm-19/lib/clang/19/include
prefix = /build/sysroot
includedir = /build/sysroot/include
libdir = /build/sysroot/lib/wasm32-wasip1
MAK
in_rootfs bash -c '
  set -e
  cd musl
  make -j"$JOBS" lib/libc.a install-headers
  lib=/build/sysroot/lib/wasm32-wasip1
  mkdir -p "$lib"
  cp lib/libc.a "$lib/"
  for name in m rt pthread crypt util resolv dl; do llvm-ar rc "$lib/lib$name.a"; done
  clang '"$WASM_TARGET $WASM_FEATURES"' --sysroot=/build/sysroot -O2 -c sallyport/reactor.c -o "$lib/crt1-reactor.o"
  clang '"$WASM_TARGET $WASM_FEATURES"' --sysroot=/build/sysroot -O2 -c sallyport/command.c -o "$lib/crt1-command.o"
  cp "$lib/crt1-command.o" "$lib/crt1.o"
  # Where this clang looks for its builtins under this target triple.
  builtins=/usr/lib/llvm-19/lib/clang/19/lib
  mkdir -p "$builtins/wasm32-unknown-wasip1"
  ln -sf ../wasi/libclang_rt.builtins-wasm32.a "$builtins/wasm32-unknown-wasip1/libclang_rt.builtins.a"
  # The system layer is linked last; configure scripts link without it.
  printf "__sallyport_%s\n" syscall environ arguments start >"$lib/system-layer.syms"
'
cp "$musl/COPYRIGHT" "$OUT/licences/musl.txt"
