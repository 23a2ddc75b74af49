#!/usr/bin/env bash
# reference.sh: a native CPython of the guest's version with every optimisation, to measure against.
# Result: $SALLYPORT_BUILD_DIR/reference/bin/python3.13. Takes tens of minutes; cached like the steps of build.sh.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
step reference @sources
