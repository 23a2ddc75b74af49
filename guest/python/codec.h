#ifndef SALLYPORT_CODEC_H
#define SALLYPORT_CODEC_H

#include <Python.h>

/* Adds the types Encoder and Decoder, and codec_errors(), to the module. Answers 0, or -1 with an exception. */
int sallyport_add_encoder(PyObject *module);
int sallyport_add_decoder(PyObject *module);

/* sallyport._encode.CannotTravel, its reason for what is nested too deeply, and sallyport._decode.Malformed;
 * told by codec_errors(). */
extern PyObject *sallyport_cannot_travel, *sallyport_too_deep, *sallyport_malformed;

/* If the exception that is set is CannotTravel: adds the step ("index" or "key", object) on the way to it. */
void sallyport_add_step(const char *kind, PyObject *step, PyObject *container);

#endif
