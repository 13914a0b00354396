#define _GNU_SOURCE
#include "CLAPACK.h"

#ifdef __APPLE__

#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>

#define CALL_BLAS(name) cblas_##name
#define CALL_LAPACK(name) name##_

void clapack_set_thread_count(int count) { (void)count; }
const char *clapack_core(void) { return ""; }
enum clapack_choice clapack_choice(void) { return clapack_by_library; }
int clapack_rejected_count(void) { return 0; }
struct clapack_features clapack_processor(void) { return (struct clapack_features){0}; }
int clapack_passes(const char *core, int fault) { (void)core; return fault == 0; }

#else

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROUTINES(BLAS, LAPACK) \
  BLAS(sgemm) BLAS(dgemm) BLAS(ssyrk) BLAS(dsyrk) BLAS(dtrsm) \
  LAPACK(dsyevd) LAPACK(dgeqrf) LAPACK(dorgqr) LAPACK(dpotrf) LAPACK(dpotrs)

/* An open library. */
struct library {
  void *handle;
#define BLAS(name) __typeof__(&blas_##name) name;
#define LAPACK(name) __typeof__(&lapack_##name) name;
  ROUTINES(BLAS, LAPACK)
#undef BLAS
#undef LAPACK
  void (*set_num_threads)(int);
  char *(*get_corename)(void);
};

static const char *const variable = "OPENBLAS_CORETYPE";

/* Sets a variable, or removes it where `value` is NULL. */
static void set(const char *name, const char *value) {
  if (value) setenv(name, value, 1);
  else unsetenv(name);
}

static char *copy_of(const char *text) { return text ? strdup(text) : NULL; }

/* Opens OpenBLAS with the kernels `core`, or with those that it or the user chooses where `core` is NULL. It reads its
   variables while it is opened; they are put back after. 0 where it or a routine is missing. */
static int open_library(struct library *library, const char *core) {
  static const char *const names[] = {"libopenblas.so.0", "libopenblas.so"};
  char *old_core = copy_of(getenv(variable)), *old_threads = copy_of(getenv("OPENBLAS_NUM_THREADS"));
  /* No threads of its own: workers of ours share the processors, and a library without threads can be closed again. */
  set("OPENBLAS_NUM_THREADS", "1");
  if (core) set(variable, core);
  library->handle = NULL;
  for (int index = 0; index < 2 && !library->handle; index++) library->handle = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  set(variable, old_core);
  set("OPENBLAS_NUM_THREADS", old_threads);
  free(old_core);
  free(old_threads);
  if (!library->handle) return 0;
  int is_complete = 1;
#define FIND(member, symbol) \
  library->member = (__typeof__(library->member))dlsym(library->handle, symbol); \
  if (!library->member) is_complete = 0;
#define BLAS(name) FIND(name, "cblas_" #name)
#define LAPACK(name) FIND(name, #name "_")
  ROUTINES(BLAS, LAPACK)
  FIND(set_num_threads, "openblas_set_num_threads")
  FIND(get_corename, "openblas_get_corename")
#undef BLAS
#undef LAPACK
#undef FIND
  if (is_complete) library->set_num_threads(1);
  return is_complete;
}

/* Numbers between -1 and 1 without a pattern that a wrong kernel would repeat. */
static double sample(unsigned *state) {
  *state = *state * 1664525u + 1013904223u;
  return (double)(int)*state / 2147483648.0;
}

static int differs(double found, double expected, double scale, double precision) {
  return !(fabs(found - expected) <= precision * scale);
}

/* Every routine against scalar sums, at extents that are no multiple of a kernel's. */
static int is_right(const struct library *library, int fault) {
  enum { rows = 37, others = 29, inner = 203, order = 23 };
  static _Thread_local float x[rows * inner], y[others * inner], narrow[rows * rows];
  static _Thread_local double u[rows * inner], v[others * inner], wide[rows * rows];
  unsigned state = 12345;
  for (int i = 0; i < rows * inner; i++) x[i] = (float)(u[i] = (float)sample(&state));
  for (int i = 0; i < others * inner; i++) y[i] = (float)(v[i] = (float)sample(&state));
  if (fault == 1) v[7] += 0.5;
  if (fault == 2) raise(SIGILL);

  for (int form = 0; form < 2; form++) {
    /* X·Yᵀ and the upper triangle of X·Xᵀ, added to ones. */
    int n = form ? rows : others;
    for (int i = 0; i < rows * rows; i++) narrow[i] = 1, wide[i] = 1;
    if (form) {
      library->ssyrk(CblasRowMajor, CblasUpper, CblasNoTrans, rows, inner, 1, x, inner, 1, narrow, n);
      library->dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, rows, inner, 1, u, inner, 1, wide, n);
    } else {
      library->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, n, inner, 1, x, inner, y, inner, 1, narrow, n);
      library->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, n, inner, 1, u, inner, v, inner, 1, wide, n);
    }
    const double *right = form ? u : v;
    for (int i = 0; i < rows; i++) {
      for (int j = form ? i : 0; j < n; j++) {
        double sum = 1, scale = 1;
        for (int k = 0; k < inner; k++) {
          double term = u[i * inner + k] * right[j * inner + k];
          sum += term;
          scale += fabs(term);
        }
        if (differs(narrow[i * n + j], sum, scale, 1e-6) || differs(wide[i * n + j], sum, scale, 1e-14)) return 0;
      }
    }
  }
  /* X·Y without a transposition. */
  for (int i = 0; i < rows * rows; i++) narrow[i] = 0, wide[i] = 0;
  library->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, order, others, 1, x, inner, y, inner, 0, narrow, rows);
  library->dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, order, others, 1, u, inner, v, inner, 0, wide, rows);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < order; j++) {
      double sum = 0, scale = 0;
      for (int k = 0; k < others; k++) {
        sum += u[i * inner + k] * v[k * inner + j];
        scale += fabs(u[i * inner + k] * v[k * inner + j]);
      }
      if (differs(narrow[i * rows + j], sum, scale, 1e-6) || differs(wide[i * rows + j], sum, scale, 1e-14)) return 0;
    }
  }

  /* A = XXᵀ/inner + I: its factor times its transpose, solutions put back into it, its eigenvectors. */
  static _Thread_local double matrix[order * order], factor[order * order], sides[order * 3], values[order];
  static _Thread_local double work[1 + 6 * order + 2 * order * order + 64 * order];
  static _Thread_local int integers[3 + 5 * order];
  const char upper = 'U', vectors = 'V';
  int n = order, count = 3, status = 0;
  int work_count = (int)(sizeof work / sizeof *work), integer_count = (int)(sizeof integers / sizeof *integers);
  for (int i = 0; i < order; i++) {
    for (int j = 0; j < order; j++) {
      double sum = i == j;
      for (int k = 0; k < inner; k++) sum += u[i * inner + k] * u[j * inner + k] / inner;
      matrix[i * order + j] = factor[i * order + j] = sum;
    }
  }
  library->dpotrf(&upper, &n, factor, &n, &status);
  if (status) return 0;
  for (int i = 0; i < order * count; i++) sides[i] = v[i];
  library->dpotrs(&upper, &n, &count, factor, &n, sides, &n, &status);
  if (status) return 0;
  for (int s = 0; s < count; s++) {
    for (int i = 0; i < order; i++) {
      double sum = 0;
      for (int k = 0; k < order; k++) sum += matrix[i * order + k] * sides[s * order + k];
      if (differs(sum, v[s * order + i], 10, 1e-13)) return 0;
    }
  }
  /* UᵀX = B, columns of B one after another, U the upper factor. */
  for (int i = 0; i < order * count; i++) sides[i] = v[i];
  library->dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, n, count, 1, factor, n, sides, n);
  for (int s = 0; s < count; s++) {
    for (int i = 0; i < order; i++) {
      double sum = 0;
      for (int k = 0; k <= i; k++) sum += factor[i * order + k] * sides[s * order + k];
      if (differs(sum, v[s * order + i], 10, 1e-13)) return 0;
    }
  }
  memcpy(factor, matrix, sizeof matrix);
  library->dsyevd(&vectors, &upper, &n, factor, &n, values, work, &work_count, integers, &integer_count, &status);
  if (status) return 0;
  for (int e = 0; e < order; e++) {
    for (int i = 0; i < order; i++) {
      double sum = 0;
      for (int k = 0; k < order; k++) sum += matrix[i * order + k] * factor[e * order + k];
      if (differs(sum, values[e] * factor[e * order + i], 10, 1e-13)) return 0;
    }
  }
  /* QR of `order` columns of `rows` numbers: QᵀQ = I and QR gives the columns back. */
  static _Thread_local double tall[rows * order], upper_part[order * order], tau[order];
  int height = rows;
  for (int i = 0; i < rows * order; i++) tall[i] = u[i];
  library->dgeqrf(&height, &n, tall, &height, tau, work, &work_count, &status);
  if (status) return 0;
  for (int c = 0; c < order; c++) {
    for (int r = 0; r < order; r++) upper_part[c * order + r] = r <= c ? tall[c * rows + r] : 0;
  }
  library->dorgqr(&height, &n, &n, tall, &height, tau, work, &work_count, &status);
  if (status) return 0;
  for (int c = 0; c < order; c++) {
    for (int r = 0; r < rows; r++) {
      double sum = 0;
      for (int k = 0; k <= c; k++) sum += tall[k * rows + r] * upper_part[c * order + k];
      if (differs(sum, u[c * rows + r], 10, 1e-13)) return 0;
    }
  }
  return 1;
}

/* Where a signal that a kernel raises goes back to, on the thread that tests. */
static sigjmp_buf landing;
static pthread_t tester;
static const int raised[] = {SIGILL, SIGSEGV, SIGBUS, SIGFPE};
enum { raised_count = sizeof raised / sizeof *raised };
static struct sigaction before[raised_count];

static void land(int number) {
  if (pthread_equal(pthread_self(), tester)) siglongjmp(landing, 1);
  /* Another thread's own fault: as if nobody had listened. */
  for (int index = 0; index < raised_count; index++) {
    if (raised[index] == number) sigaction(number, &before[index], NULL);
  }
  raise(number);
}

static pthread_mutex_t testing = PTHREAD_MUTEX_INITIALIZER;

/* Whether the library computes what it should, whatever its kernels do. */
static int passes(const struct library *library, int fault) {
  pthread_mutex_lock(&testing);
  struct sigaction action = {.sa_handler = land, .sa_flags = SA_NODEFER};
  sigemptyset(&action.sa_mask);
  tester = pthread_self();
  for (int index = 0; index < raised_count; index++) sigaction(raised[index], &action, &before[index]);
  volatile int result = 0;
  if (sigsetjmp(landing, 1) == 0) result = is_right(library, fault);
  for (int index = 0; index < raised_count; index++) sigaction(raised[index], &before[index], NULL);
  pthread_mutex_unlock(&testing);
  return result;
}

struct clapack_features clapack_processor(void) {
  struct clapack_features features = {0};
#if defined(__x86_64__)
  /* The compiler's library also asks whether the system saves the registers. */
  __builtin_cpu_init();
  features.avx2_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  features.avx512 = features.avx2_fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
  features.avx512_bf16 = features.avx512 && __builtin_cpu_supports("avx512bf16");
  features.is_amd = __builtin_cpu_is("amd") != 0;
#endif
  return features;
}

static struct library blas;
static enum clapack_choice choice = clapack_by_library;
static int rejected_count = 0;

int clapack_passes(const char *core, int fault) {
  struct library library;
  if (!open_library(&library, core)) return 0;
  int result = strcasecmp(library.get_corename(), core) == 0 && passes(&library, fault);
  dlclose(library.handle);
  return result;
}

static void open_best(void) {
  if (getenv(variable)) {
    if (open_library(&blas, NULL)) {
      choice = clapack_by_variable;
      return;
    }
  } else {
    const char *names[3];
    int count = clapack_candidates(clapack_processor(), names);
    for (int index = 0; index < count; index++) {
      if (!open_library(&blas, names[index])) break;
      /* A name that OpenBLAS does not know gives other kernels. */
      if (strcasecmp(blas.get_corename(), names[index]) == 0) {
        if (passes(&blas, 0)) {
          choice = clapack_by_features;
          return;
        }
        rejected_count++;
      }
      dlclose(blas.handle);
    }
    if (open_library(&blas, NULL)) return;
  }
  const char *reason = blas.handle ? "a routine is missing" : dlerror();
  fprintf(stderr, "OpenBLAS cannot be used: %s\n", reason ? reason : "it is not installed");
  exit(1);
}

static const struct library *library(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_best);
  return &blas;
}

void clapack_set_thread_count(int count) { library()->set_num_threads(count); }
const char *clapack_core(void) { return library()->get_corename(); }
enum clapack_choice clapack_choice(void) { library(); return choice; }
int clapack_rejected_count(void) { library(); return rejected_count; }

#define CALL_BLAS(name) library()->name
#define CALL_LAPACK(name) library()->name

#endif

int clapack_candidates(struct clapack_features features, const char *names[3]) {
  int count = 0;
  if (features.avx512_bf16) names[count++] = "Cooperlake";
  if (features.avx512) names[count++] = "SkylakeX";
  if (features.avx2_fma) names[count++] = features.is_amd ? "Zen" : "Haswell";
  return count;
}

void blas_sgemm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRANSPOSITION a_form, enum CBLAS_TRANSPOSITION b_form, int m,
                int n, int k, float alpha, const float *a, int a_pitch, const float *b, int b_pitch, float beta,
                float *c, int c_pitch) {
  CALL_BLAS(sgemm)(order, a_form, b_form, m, n, k, alpha, a, a_pitch, b, b_pitch, beta, c, c_pitch);
}

void blas_dgemm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRANSPOSITION a_form, enum CBLAS_TRANSPOSITION b_form, int m,
                int n, int k, double alpha, const double *a, int a_pitch, const double *b, int b_pitch, double beta,
                double *c, int c_pitch) {
  CALL_BLAS(dgemm)(order, a_form, b_form, m, n, k, alpha, a, a_pitch, b, b_pitch, beta, c, c_pitch);
}

void blas_ssyrk(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRIANGLE triangle, enum CBLAS_TRANSPOSITION form, int n,
                int k, float alpha, const float *a, int a_pitch, float beta, float *c, int c_pitch) {
  CALL_BLAS(ssyrk)(order, triangle, form, n, k, alpha, a, a_pitch, beta, c, c_pitch);
}

void blas_dsyrk(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_TRIANGLE triangle, enum CBLAS_TRANSPOSITION form, int n,
                int k, double alpha, const double *a, int a_pitch, double beta, double *c, int c_pitch) {
  CALL_BLAS(dsyrk)(order, triangle, form, n, k, alpha, a, a_pitch, beta, c, c_pitch);
}

void blas_dtrsm(enum CBLAS_ROW_OR_COLUMN order, enum CBLAS_PLACE side, enum CBLAS_TRIANGLE triangle,
                enum CBLAS_TRANSPOSITION form, enum CBLAS_DIAGONAL diagonal, int m, int n, double alpha,
                const double *a, int a_pitch, double *b, int b_pitch) {
  CALL_BLAS(dtrsm)(order, side, triangle, form, diagonal, m, n, alpha, a, a_pitch, b, b_pitch);
}

void lapack_dsyevd(const char *job, const char *half, const int *n, double *a, const int *a_pitch, double *values,
                   double *work, const int *work_count, int *integers, const int *integer_count, int *status) {
  CALL_LAPACK(dsyevd)(job, half, n, a, a_pitch, values, work, work_count, integers, integer_count, status);
}

void lapack_dgeqrf(const int *m, const int *n, double *a, const int *a_pitch, double *tau, double *work,
                   const int *work_count, int *status) {
  CALL_LAPACK(dgeqrf)(m, n, a, a_pitch, tau, work, work_count, status);
}

void lapack_dorgqr(const int *m, const int *n, const int *k, double *a, const int *a_pitch, const double *tau,
                   double *work, const int *work_count, int *status) {
  CALL_LAPACK(dorgqr)(m, n, k, a, a_pitch, tau, work, work_count, status);
}

void lapack_dpotrf(const char *half, const int *n, double *a, const int *a_pitch, int *status) {
  CALL_LAPACK(dpotrf)(half, n, a, a_pitch, status);
}

void lapack_dpotrs(const char *half, const int *n, const int *count, const double *a, const int *a_pitch, double *b,
                   const int *b_pitch, int *status) {
  CALL_LAPACK(dpotrs)(half, n, count, a, a_pitch, b, b_pitch, status);
}
