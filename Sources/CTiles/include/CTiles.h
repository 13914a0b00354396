/* Products of float32 rows as bfloat16 products with float32 sums, on AMX tiles or on the same tiles in plain C.

   x = h + l + e with h = bfloat16(x), l = bfloat16(x − h), rounded to nearest, ties to even, |e| ≤ 2⁻¹⁷|x|; a row's product
   with another is Σ hh' + hl' + lh' + ll'. */
#ifndef GRADIENT_PROBE_CTILES_H
#define GRADIENT_PROBE_CTILES_H

#include <stddef.h>
#include <stdint.h>

/* What the tiles are made of. */
enum tiles_unit { tiles_of_processor, tiles_in_c };

/* Whether the processor has AMX with bfloat16, the system lets this process use it, and sums on it are right. Settled at
   the first call. */
int tiles_are_available(void);

/* Whether sums of `unit` are within 2e-6 of what double precision tells, relative to the sum of absolute values. `fault`
   makes it meet a wrong number. */
int tiles_pass(enum tiles_unit unit, int fault);

/* What a product of so many rows needs beside them [bytes], from a place that is a multiple of 64. */
size_t tiles_workspace(int rows);

/* Upper triangle of C += X·Xᵀ, X [rows, columns], rows `stride` apart and C's `pitch`. The same bits wherever a row stands. */
void tiles_symmetric_product(enum tiles_unit unit, const float *x, int rows, int columns, int stride, float *c, int pitch,
                             void *workspace);

/* h and l of `count` numbers. */
void tiles_split(const float *x, int count, uint16_t *high, uint16_t *low);

#endif
