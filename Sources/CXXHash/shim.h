/* XXH3 in the form that is fastest on this processor, where the library was built with a choice. */
#ifndef GRADIENT_PROBE_CXXHASH_H
#define GRADIENT_PROBE_CXXHASH_H

#include <xxhash.h>

#if defined(__x86_64__) && defined(__ELF__)
extern XXH64_hash_t XXH3_64bits_dispatch(const void *bytes, size_t count) __attribute__((weak));
extern XXH_errorcode XXH3_64bits_update_dispatch(XXH3_state_t *state, const void *bytes, size_t count)
    __attribute__((weak));
static inline XXH64_hash_t gp_hash(const void *bytes, size_t count) {
  return XXH3_64bits_dispatch ? XXH3_64bits_dispatch(bytes, count) : XXH3_64bits(bytes, count);
}
static inline void gp_update(XXH3_state_t *state, const void *bytes, size_t count) {
  if (XXH3_64bits_update_dispatch)
    XXH3_64bits_update_dispatch(state, bytes, count);
  else
    XXH3_64bits_update(state, bytes, count);
}
#else
static inline XXH64_hash_t gp_hash(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }
static inline void gp_update(XXH3_state_t *state, const void *bytes, size_t count) {
  XXH3_64bits_update(state, bytes, count);
}
#endif

#endif
