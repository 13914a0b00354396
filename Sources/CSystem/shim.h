/* Calls of Linux's C library that Swift's Glibc module leaves out, since it is compiled without _GNU_SOURCE. */
#ifndef GRADIENT_PROBE_CSYSTEM_H
#define GRADIENT_PROBE_CSYSTEM_H

#ifdef __linux__
/* renameat2(2), with RENAME_NOREPLACE */
extern int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
static inline int gp_rename_without_replacing(const char *from, const char *to) {
  return renameat2(-100 /* AT_FDCWD */, from, -100, to, 1u);
}
#endif

#endif
