#include "CFloor.h"

#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Two multiply-add units of a latency of four to five cycles take ten or more independent sums to be kept busy. */
#define SUMS 12

/* Where results go, so that no compiler leaves the work out. */
static _Thread_local volatile float sink;

#define ROUNDS(vector, set, multiply_add, first)               \
  vector sums[SUMS];                                           \
  for (int i = 0; i < SUMS; i++) sums[i] = set((float)i);      \
  vector factor = set(0.999f);                                 \
  for (long round = 0; round < rounds; round++) {              \
    _Pragma("clang loop unroll(full)")                         \
    for (int i = 0; i < SUMS; i++) sums[i] = multiply_add(sums[i], factor); \
  }                                                            \
  for (int i = 0; i < SUMS; i++) sink = first(sums[i]);        \
  return 2.0 * SUMS * sizeof(vector) / sizeof(float) * (double)rounds

#if defined(__x86_64__)
#define WIDE(sum, factor) _mm512_fmadd_ps(sum, factor, factor)
__attribute__((target("avx512f"))) static double wide(long rounds) {
  ROUNDS(__m512, _mm512_set1_ps, WIDE, _mm512_cvtss_f32);
}
#define HALF(sum, factor) _mm256_fmadd_ps(sum, factor, factor)
__attribute__((target("avx2,fma"))) static double half(long rounds) {
  ROUNDS(__m256, _mm256_set1_ps, HALF, _mm256_cvtss_f32);
}
#elif defined(__aarch64__)
#define NEON(sum, factor) vfmaq_f32(factor, sum, factor)
#define FIRST(sum) vgetq_lane_f32(sum, 0)
static double neon(long rounds) { ROUNDS(float32x4_t, vdupq_n_f32, NEON, FIRST); }
#endif

#define SET(value) (value)
#define SCALAR(sum, factor) ((sum) * (factor) + (factor))
static double scalar(long rounds) { ROUNDS(float, SET, SCALAR, SET); }

const char *floor_instructions(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "avx512f";
  if (__builtin_cpu_supports("fma")) return "fma";
#elif defined(__aarch64__)
  return "neon";
#endif
  return "scalar";
}

double floor_multiply_add(long rounds) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return wide(rounds);
  if (__builtin_cpu_supports("fma")) return half(rounds);
#elif defined(__aarch64__)
  return neon(rounds);
#endif
  return scalar(rounds);
}

void floor_copy(const void *source, void *buffer, long buffer_byte_count, long byte_count) {
  for (long done = 0; done < byte_count; done += buffer_byte_count) {
    long rest = byte_count - done;
    memcpy(buffer, (const char *)source + done, (size_t)(rest < buffer_byte_count ? rest : buffer_byte_count));
    sink = ((const volatile float *)buffer)[0];
  }
}

double floor_thread_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
