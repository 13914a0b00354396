/* OpenSSL's digests: libhdf5 brings the library into the process anyway, where Debian builds it. */
#ifndef GRADIENT_PROBE_CCRYPTO_H
#define GRADIENT_PROBE_CCRYPTO_H

#include <openssl/evp.h>

#endif
