/* What Swift cannot import of hdf5.h: macros that expand to an expression. */
#ifndef GRADIENT_PROBE_CHDF5_H
#define GRADIENT_PROBE_CHDF5_H

#include <hdf5.h>
#include <hdf5_hl.h>

/* Property list classes. */
static inline hid_t gp_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t gp_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t gp_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t gp_attribute_creation(void) { return H5P_ATTRIBUTE_CREATE; }
static inline hid_t gp_link_creation(void) { return H5P_LINK_CREATE; }
static inline hid_t gp_default(void) { return H5P_DEFAULT; }

/* Datatypes; not to be closed. */
static inline hid_t gp_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t gp_ieee_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t gp_std_u16le(void) { return H5T_STD_U16LE; }
static inline hid_t gp_std_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t gp_std_u64le(void) { return H5T_STD_U64LE; }
static inline hid_t gp_c_s1(void) { return H5T_C_S1; }

/* Modes of opening. */
static inline unsigned gp_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned gp_read_only(void) { return H5F_ACC_RDONLY; }

static inline haddr_t gp_undefined_address(void) { return HADDR_UNDEF; }
static inline hid_t gp_all(void) { return H5S_ALL; }
static inline hid_t gp_default_stack(void) { return H5E_DEFAULT; }

#endif
