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
static inline hid_t gp_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t gp_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t gp_default(void) { return H5P_DEFAULT; }

/* Datatypes; not to be closed. */
static inline hid_t gp_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t gp_ieee_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t gp_std_u16le(void) { return H5T_STD_U16LE; }
static inline hid_t gp_std_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t gp_std_u64le(void) { return H5T_STD_U64LE; }
static inline hid_t gp_reference(void) { return H5T_STD_REF_OBJ; }
static inline hid_t gp_c_s1(void) { return H5T_C_S1; }

static inline hid_t gp_ieee_f32be(void) { return H5T_IEEE_F32BE; }
static inline hid_t gp_ieee_f64be(void) { return H5T_IEEE_F64BE; }
static inline hid_t gp_std_u16be(void) { return H5T_STD_U16BE; }
static inline hid_t gp_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t gp_native_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t gp_native_double(void) { return H5T_NATIVE_DOUBLE; }

/* Modes of opening. */
static inline unsigned gp_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned gp_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned gp_read_write(void) { return H5F_ACC_RDWR; }

static inline haddr_t gp_undefined_address(void) { return HADDR_UNDEF; }
static inline hid_t gp_all(void) { return H5S_ALL; }
static inline hid_t gp_default_stack(void) { return H5E_DEFAULT; }

/* The calls below changed their types in HDF5 1.12. */

/* What a name in a group stands for. (H5Oget_info_by_name) */
static inline herr_t gp_object(hid_t group, const char *name, H5O_type_t *type, unsigned *references) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  herr_t status = H5Oget_info_by_name3(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT);
#else
  H5O_info_t info;
  herr_t status = H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT);
#endif
  if (status < 0) return status;
  *type = info.type;
  *references = info.rc;
  return status;
}

/* Calls `visit` with the name and type of every link of a group until it returns another number than 0.
   (H5Literate) */
typedef int (*gp_visitor)(const char *name, H5L_type_t type, void *context);
struct gp_visit {
  gp_visitor visitor;
  void *context;
};
#if H5_VERSION_GE(1, 12, 0)
static herr_t gp_visit_link(hid_t group, const char *name, const H5L_info2_t *info, void *data) {
#else
static herr_t gp_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
#endif
  struct gp_visit *visit = (struct gp_visit *)data;
  (void)group;
  return visit->visitor(name, info->type, visit->context);
}
static inline herr_t gp_visit_links(hid_t group, gp_visitor visitor, void *context) {
  struct gp_visit visit = {visitor, context};
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, gp_visit_link, &visit);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, gp_visit_link, &visit);
#endif
}

/* The descriptor of a file opened with the plain driver. (H5Fget_vfd_handle) */
static inline int gp_descriptor(hid_t file) {
  void *handle = NULL;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 || !handle) return -1;
  return *(int *)handle;
}

#endif
