/* What Swift cannot import of hdf5.h: macros that expand to an expression. */
#ifndef GRADIENT_PROBE_CHDF5_H
#define GRADIENT_PROBE_CHDF5_H

#include <hdf5.h>

#endif
