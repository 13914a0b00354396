#ifndef BENCHMARKS_CFLOOR_H
#define BENCHMARKS_CFLOOR_H

/* The widest float32 multiply-add used here: "avx512f", "fma" (256 bits), "neon" or "scalar". */
const char *floor_instructions(void);

/* Runs `rounds` rounds of independent multiply-adds and returns the floating-point operations done, two an element. */
double floor_multiply_add(long rounds);

/* Copies `byte_count` bytes of `source` through a buffer that stays in the cache, as reading a file from memory does. */
void floor_copy(const void *source, void *buffer, long buffer_byte_count, long byte_count);

/* Seconds that the calling thread has computed. */
double floor_thread_seconds(void);

#endif
