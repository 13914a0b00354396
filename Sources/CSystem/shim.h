/* Calls of Linux's C library that Swift's Glibc module leaves out, since it is compiled without _GNU_SOURCE. */
#ifndef GRADIENT_PROBE_CSYSTEM_H
#define GRADIENT_PROBE_CSYSTEM_H

#ifdef __linux__
/* renameat2(2), with RENAME_NOREPLACE */
extern int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
static inline int gp_rename_without_replacing(const char *from, const char *to) {
  return renameat2(-100 /* AT_FDCWD */, from, -100, to, 1u);
}

/* sync_file_range(2) with SYNC_FILE_RANGE_WRITE: begins to write what lies in the page cache, waits for nothing. */
extern int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);
static inline void gp_begin_writing(int descriptor, long long offset, long long count) {
  sync_file_range(descriptor, offset, count, 2u);
}

/* sched_getaffinity(2): processors that this process may use; 0 where that is not known. */
extern int sched_getaffinity(int process, unsigned long size, void *mask);
static inline int gp_allowed_processor_count(void) {
  unsigned char mask[1024] = {0};
  int count = 0;
  if (sched_getaffinity(0, sizeof mask, mask) != 0) return 0;
  for (unsigned long index = 0; index < sizeof mask; index++) count += __builtin_popcount(mask[index]);
  return count;
}
#endif

#endif
