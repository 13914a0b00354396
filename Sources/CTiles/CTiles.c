#define _GNU_SOURCE
#include "CTiles.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define HAS_AMX 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#define HAS_AMX 0
#endif

enum {
  /* A tile: 16 rows of 64 bytes, which are 32 bfloat16 or 16 float32. */
  tile_rows = 16, tile_lanes = 16, tile_size = 1024, step_width = 32,
  /* Two tiles by two of sums. */
  block_side = 32,
  /* Columns packed at once: so few that the left panels of a block stay in the first cache, and twice as many where sums are so
     large that adding to them takes longer. */
  chunk_width = 256,
  many_rows = 1024,
  /* Right panels of 512 rows are 512 KiB. */
  cached_blocks = 16,
};

/* Tiles of h and of l, panel by panel and step by step. */
struct packed {
  char *rows[2], *pairs[2];
};

/* Columns packed at once of so many rows. */
static inline int chunk_of(int rows) { return rows > many_rows ? 2 * chunk_width : chunk_width; }

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The nearest bfloat16, ties to even; beyond its range infinite, and no number stays none. */
static inline uint16_t rounded(float value) {
  uint32_t bits = bits_of(value);
  uint32_t nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : nearest);
}

/* Tiles in plain C, as Intel's manual describes TDPBF16PS: numbers below 2⁻¹²⁶ count as 0, even and odd places are summed
   apart, their sum is added. */

typedef uint32_t lanes __attribute__((vector_size(64)));
typedef float sums __attribute__((vector_size(64)));

#define FLUSHED(x) ((sums)((lanes)(x) & ~(lanes)(((lanes)(x) & 0x7f800000) == 0)))

static void multiply_in_c(lanes *c, const lanes *a, const lanes *b) {
  for (int row = 0; row < tile_rows; row++) {
    sums even = {0}, odd = {0};
    for (int pair = 0; pair < tile_rows; pair++) {
      lanes left = a[row][pair] - (lanes){0};
      even = FLUSHED(even + FLUSHED((sums)(left << 16)) * FLUSHED((sums)(b[pair] << 16)));
      odd = FLUSHED(odd + FLUSHED((sums)(left & 0xffff0000)) * FLUSHED((sums)(b[pair] & 0xffff0000)));
    }
    c[row] = (lanes)FLUSHED((sums)c[row] + FLUSHED(even + odd));
  }
}

static void store_in_c(const lanes *tile, float *memory) {
  for (int row = 0; row < tile_rows; row++) memcpy(memory + row * block_side, &tile[row], sizeof tile[row]);
}

/* h and l of up to 32 numbers, and zeros for the others. */
static void split_in_c(const float *x, int count, uint32_t high[tile_lanes], uint32_t low[tile_lanes]) {
  uint16_t parts[2][step_width] = {{0}};
  tiles_split(x, count, parts[0], parts[1]);
  memcpy(high, parts[0], sizeof parts[0]);
  memcpy(low, parts[1], sizeof parts[1]);
}

static void transpose_in_c(uint32_t from[tile_rows][tile_lanes], char *memory) {
  uint32_t *to = (uint32_t *)memory;
  for (int row = 0; row < tile_rows; row++) {
    for (int lane = 0; lane < tile_lanes; lane++) to[lane * tile_rows + row] = from[row][lane];
  }
}

#define KERNEL(name) name##_in_c
#define KERNEL_TARGET
#define TILE_SET lanes tile[8][tile_rows]
#define TILE_CONFIGURE()
#define TILE_RELEASE()
#define TILE_ZERO(t) memset(tile[t], 0, tile_size)
#define TILE_LOAD(t, memory) memcpy(tile[t], memory, tile_size)
#define TILE_STORE(t, memory) store_in_c(tile[t], memory)
#define TILE_MULTIPLY(c, a, b) multiply_in_c(tile[c], tile[a], tile[b])
#include "Kernel.h"
#undef KERNEL
#undef KERNEL_TARGET
#undef TILE_SET
#undef TILE_CONFIGURE
#undef TILE_RELEASE
#undef TILE_ZERO
#undef TILE_LOAD
#undef TILE_STORE
#undef TILE_MULTIPLY

#if HAS_AMX

#define AMX_TARGET __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx512bf16")))

/* Tiles of 16 rows of 64 bytes, all eight. */
static const struct {
  uint8_t palette, first_row, reserved[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} full_tiles = {
  .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};

_Static_assert(sizeof full_tiles == 64, "what LDTILECFG reads");

/* `x` less the bfloat16 numbers of `half`. */
AMX_TARGET static inline __m512 less(__m512 x, __m256i half) {
  return _mm512_sub_ps(x, (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

/* The processor's own rounding: to nearest, ties to even, and numbers below 2⁻¹²⁶ to 0, as which tiles count them anyway. */
AMX_TARGET static inline void split_in_tiles(const float *x, int count, uint32_t high[tile_lanes],
                                             uint32_t low[tile_lanes]) {
  uint32_t mask = count < step_width ? (1u << count) - 1 : ~0u;
  __m512 first = _mm512_maskz_loadu_ps((__mmask16)mask, x);
  __m512 second = _mm512_maskz_loadu_ps((__mmask16)(mask >> 16), x + tile_lanes);
  __m512i both = (__m512i)_mm512_cvtne2ps_pbh(second, first);
  _mm512_storeu_si512(high, both);
  first = less(first, _mm512_castsi512_si256(both));
  second = less(second, _mm512_extracti64x4_epi64(both, 1));
  _mm512_storeu_si512(low, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

/* By squares of 1, 2, 4 and 8 lanes, which change places across the diagonal. */
AMX_TARGET static void transpose_in_tiles(uint32_t from[tile_rows][tile_lanes], char *memory) {
  __m512i rows[tile_rows], lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (int row = 0; row < tile_rows; row++) rows[row] = _mm512_loadu_si512(from[row]);
#pragma clang loop unroll(full)
  for (int side = 1; side < tile_rows; side *= 2) {
    __mmask16 odd = _mm512_test_epi32_mask(lane, _mm512_set1_epi32(side));
    __m512i upper = _mm512_mask_add_epi32(lane, odd, lane, _mm512_set1_epi32(tile_lanes - side));
    __m512i lower = _mm512_mask_add_epi32(_mm512_add_epi32(lane, _mm512_set1_epi32(side)), odd, lane,
                                          _mm512_set1_epi32(tile_lanes));
#pragma clang loop unroll(full)
    for (int row = 0; row < tile_rows; row++) {
      if (row & side) continue;
      __m512i first = rows[row], second = rows[row + side];
      rows[row] = _mm512_permutex2var_epi32(first, upper, second);
      rows[row + side] = _mm512_permutex2var_epi32(first, lower, second);
    }
  }
  for (int row = 0; row < tile_rows; row++) _mm512_storeu_si512(memory + row * 64, rows[row]);
}

#define KERNEL(name) name##_in_tiles
#define KERNEL_TARGET AMX_TARGET
#define TILE_SET
#define TILE_CONFIGURE() _tile_loadconfig(&full_tiles)
#define TILE_RELEASE() _tile_release()
#define TILE_ZERO(t) _tile_zero(t)
#define TILE_LOAD(t, memory) _tile_loadd(t, memory, 64)
#define TILE_STORE(t, memory) _tile_stored(t, memory, block_side * sizeof(float))
#define TILE_MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#include "Kernel.h"

/* Whether the processor has the instructions, the system saves the registers, and this process may use them. */
static int is_permitted(void) {
  unsigned a, b, c, d, low, high;
  if (!__get_cpuid_count(1, 0, &a, &b, &c, &d) || !(c >> 27 & 1)) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31, tiles = 1u << 22 | 1u << 24;
  if ((b & avx512) != avx512 || (d & tiles) != tiles) return 0;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a >> 5 & 1)) return 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  const unsigned saved = 1u << 1 | 1u << 2 | 7u << 5 | 3u << 17;
  if ((low & saved) != saved) return 0;
  /* arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA): Linux gives tiles to processes that ask. */
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

#endif

size_t tiles_workspace(int rows) {
  size_t panels = ((size_t)(rows > 0 ? rows : 0) + block_side - 1) / block_side * 2;
  return 4 * panels * (size_t)(chunk_of(rows) / step_width) * tile_size;
}

void tiles_symmetric_product(enum tiles_unit unit, const float *x, int rows, int columns, int stride, float *c, int pitch,
                             void *workspace) {
  size_t part = tiles_workspace(rows) / 4;
  char *memory = workspace;
  struct packed packed = {.rows = {memory, memory + part}, .pairs = {memory + 2 * part, memory + 3 * part}};
#if HAS_AMX
  if (unit == tiles_of_processor) {
    product_in_tiles(x, rows, columns, stride, c, pitch, &packed);
    return;
  }
#endif
  (void)unit;
  product_in_c(x, rows, columns, stride, c, pitch, &packed);
}

void tiles_split(const float *x, int count, uint16_t *high, uint16_t *low) {
  for (int index = 0; index < count; index++) {
    high[index] = rounded(x[index]);
    low[index] = rounded(x[index] - widened(high[index]));
  }
}

int tiles_pass(enum tiles_unit unit, int fault) {
  enum { rows = 37, columns = 301, stride = 304 };
  float *x = calloc(rows * stride, sizeof *x), *c = calloc(rows * rows, sizeof *c);
  size_t size = tiles_workspace(rows);
  void *workspace = aligned_alloc(64, size);
  int result = x && c && workspace;
  if (result) {
    /* Numbers between -1 and 1 without a pattern that a wrong tile would repeat. */
    unsigned state = 12345;
    for (int i = 0; i < rows * stride; i++) {
      state = state * 1664525u + 1013904223u;
      x[i] = (float)((double)(int)state / 2147483648.0);
    }
    for (int i = 0; i < rows * rows; i++) c[i] = 1;
    tiles_symmetric_product(unit, x, rows, columns, stride, c, rows, workspace);
    if (fault) c[7] += 0.5f;
    for (int i = 0; i < rows && result; i++) {
      for (int j = 0; j < rows; j++) {
        double sum = 1, scale = 1;
        for (int k = 0; k < columns && j >= i; k++) {
          double term = (double)x[i * stride + k] * x[j * stride + k];
          sum += term;
          scale += fabs(term);
        }
        if (!(fabs(c[i * rows + j] - sum) <= 2e-6 * scale)) result = 0;
      }
    }
  }
  free(x);
  free(c);
  free(workspace);
  return result;
}

static int is_available = 0;

static void settle(void) {
#if HAS_AMX
  is_available = is_permitted() && tiles_pass(tiles_of_processor, 0);
#endif
}

int tiles_are_available(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, settle);
  return is_available;
}
