/* The one place that chooses between Accelerate and OpenBLAS: both have the CBLAS calls and the
   Fortran LAPACK symbols used here, with 32-bit integers and column-major matrices. */
#ifndef GRADIENT_PROBE_CLAPACK_H
#define GRADIENT_PROBE_CLAPACK_H

#ifdef __APPLE__

#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

static inline void clapack_set_thread_count(int count) { (void)count; }
static inline const char *clapack_kernel(void) { return "Accelerate"; }

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
static inline const char *clapack_kernel(void) { return openblas_get_corename(); }

#endif
#endif
