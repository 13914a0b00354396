/* MPI in calls that Swift can import: what its macros stand for are casts of addresses. */
#ifndef GRADIENT_PROBE_CMPI_H
#define GRADIENT_PROBE_CMPI_H

#include <mpi.h>

/* Whether calls may come from several threads, one at a time. */
static inline int gp_mpi_initialize(void) {
  int provided = 0;
  if (MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS) return 0;
  return provided >= MPI_THREAD_SERIALIZED;
}

static inline int gp_mpi_rank(void) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

static inline int gp_mpi_count(void) {
  int count = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return count;
}

static inline void gp_mpi_send(const void *bytes, int count, int rank, int tag) {
  MPI_Send(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD);
}

static inline void gp_mpi_receive(void *bytes, int count, int rank, int tag) {
  MPI_Recv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

/* The rank of which a message with this tag has come; -1 where none has. */
static inline int gp_mpi_probe(int tag) {
  int is_there = 0;
  MPI_Status status;
  MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &is_there, &status);
  return is_there ? status.MPI_SOURCE : -1;
}

static inline void gp_mpi_finalize(void) { MPI_Finalize(); }

static inline void gp_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

#endif
