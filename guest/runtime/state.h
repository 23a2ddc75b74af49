/* Snapshots: what differs from the image goes out, and comes back in. Between two runs only. */
#ifndef SALLYPORT_STATE_H
#define SALLYPORT_STATE_H

void state_save(void);
void state_restore(void);

#endif
