/* What of the system layer others call than musl. */
#ifndef SALLYPORT_ENVIRONMENT_H
#define SALLYPORT_ENVIRONMENT_H

/* Takes the environment anew from the controller: a guest that starts from an image carries that of the image's making.
 * Answers 0, or an errno; then the environment is as it was. */
int sallyport_refresh_environment(void);

#endif
