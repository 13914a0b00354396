/* The one place that chooses between Accelerate and OpenBLAS: both have the CBLAS calls and the
   Fortran LAPACK symbols used here, with 32-bit integers and column-major matrices. */
#ifndef GRADIENT_PROBE_CLAPACK_H
#define GRADIENT_PROBE_CLAPACK_H

#ifdef __APPLE__

#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

static inline void clapack_set_thread_count(int count) { (void)count; }
static inline const char *clapack_core(void) { return ""; }

#else

#include <cblas.h>

void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *lwork, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *lwork, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             double *b, const int *ldb, int *info);

static inline void clapack_set_thread_count(int count) { openblas_set_num_threads(count); }
static inline const char *clapack_core(void) { return openblas_get_corename(); }

#endif

/* The widest registers of the processor that BLAS kernels use [bits]; 0 where that is not told. */
static inline int clapack_processor_bits(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 512;
  if (__builtin_cpu_supports("avx2")) return 256;
  return 128;
#else
  return 0;
#endif
}
#endif
