/* The BLAS and LAPACK routines in use, with 32-bit integers and LAPACK's column-major matrices: from Accelerate on macOS,
   else from OpenBLAS, which is opened at the first call with the kernels that fit the processor. */
#ifndef GRADIENT_PROBE_CLAPACK_H
#define GRADIENT_PROBE_CLAPACK_H

enum CBLAS_ROW_OR_COLUMN { CblasRowMajor = 101, CblasColMajor = 102 };
enum CBLAS_TRANSPOSITION { CblasNoTrans = 111, CblasTrans = 112 };
enum CBLAS_TRIANGLE { CblasUpper = 121, CblasLower = 122 };
enum CBLAS_DIAGONAL { CblasNonUnit = 131, CblasUnit = 132 };
enum CBLAS_PLACE { CblasLeft = 141, CblasRight = 142 };

void blas_sgemm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRANSPOSITION a_form, enum CBLAS_TRANSPOSITION b_form, int m,
                int n, int k, float alpha, const float *a, int a_pitch, const float *b, int b_pitch, float beta,
                float *c, int c_pitch);
void blas_dgemm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRANSPOSITION a_form, enum CBLAS_TRANSPOSITION b_form, int m,
                int n, int k, double alpha, const double *a, int a_pitch, const double *b, int b_pitch, double beta,
                double *c, int c_pitch);
void blas_ssyrk(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRIANGLE triangle, enum CBLAS_TRANSPOSITION form, int n,
                int k, float alpha, const float *a, int a_pitch, float beta, float *c, int c_pitch);
void blas_dsyrk(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRIANGLE triangle, enum CBLAS_TRANSPOSITION form, int n,
                int k, double alpha, const double *a, int a_pitch, double beta, double *c, int c_pitch);
void blas_dtrsm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_PLACE side, enum CBLAS_TRIANGLE triangle,
                enum CBLAS_TRANSPOSITION form, enum CBLAS_DIAGONAL diagonal, int m, int n, double alpha,
                const double *a, int a_pitch, double *b, int b_pitch);

void lapack_dsyevd(const char *job, const char *half, const int *n, double *a, const int *a_pitch, double *values,
                   double *work, const int *work_count, int *integers, const int *integer_count, int *status);
void lapack_dgeqrf(const int *m, const int *n, double *a, const int *a_pitch, double *tau, double *work,
                   const int *work_count, int *status);
void lapack_dorgqr(const int *m, const int *n, const int *k, double *a, const int *a_pitch, const double *tau,
                   double *work, const int *work_count, int *status);
void lapack_dpotrf(const char *half, const int *n, double *a, const int *a_pitch, int *status);
void lapack_dpotrs(const char *half, const int *n, const int *count, const double *a, const int *a_pitch, double *b,
                   const int *b_pitch, int *status);

/* Threads that one call uses, from now on; one until then. */
void clapack_set_thread_count(int count);

/* The kernels in use as OpenBLAS calls them; empty for Accelerate. */
const char *clapack_core(void);

/* Why these: by the processor's features, by the variable OPENBLAS_CORETYPE, or by OpenBLAS itself. */
enum clapack_choice { clapack_by_features, clapack_by_variable, clapack_by_library };
enum clapack_choice clapack_choice(void);

/* How many kernels that the processor has the instructions for failed the self-test and were passed over. */
int clapack_rejected_count(void);

/* What the features of a processor say of kernels: the widest first, at most 3 names that stay valid; returns their
   number. */
struct clapack_features {
  int avx2_fma;
  int avx512;      /* F, CD, BW, DQ and VL */
  int avx512_bf16;
  int is_amd;
};
struct clapack_features clapack_processor(void);
int clapack_candidates(struct clapack_features features, const char *names[3]);

/* Whether OpenBLAS with the kernels `core` passes the self-test in this process; 0 also where it has others. For tests:
   a library of its own is opened and closed. `fault` makes the test meet a wrong sum (1) or an illegal instruction (2). */
int clapack_passes(const char *core, int fault);

#endif
