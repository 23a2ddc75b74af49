/* Signals: traps of the guest's code, and interrupts from the controller. */
#ifndef SALLYPORT_SIGNALS_H
#define SALLYPORT_SIGNALS_H

#include "numbers.h"

/* Installs the handlers; before confinement. */
void signals_install(void);

/* Marks a signal, 1 to 63, as arrived in the interpreter, if it has said where its marks are. */
void signal_trip(u32 number);

/* Where the program's struct of marks is, in linear memory; 0 takes it away. */
void signal_words_at(u32 address);

#endif
