/* Snapshots: what differs from the image goes out, and comes back in. Between two runs only. */
#ifndef SALLYPORT_STATE_H
#define SALLYPORT_STATE_H

/* Memory is no longer as it was at the start: what a restore has to compare. */
void state_touched(void);
void state_save(void);
void state_restore(void);

#endif
