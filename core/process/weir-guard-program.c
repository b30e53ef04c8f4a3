/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process/weir-guard-private.h"

#include <dlfcn.h>

#define VARIABLE "WEIR_GUARD"

/* Of the library, or of the program that has the library's objects in itself, as a unit test has.
 */
static char *
find_own_folder (void)
{
  Dl_info info;

  if (dladdr ((void *)find_own_folder, &info) == 0 || info.dli_fname == NULL)
    return NULL;

  g_autofree char *file = g_canonicalize_filename (info.dli_fname, NULL);
  return g_path_get_dirname (file);
}

/* From BUILD/core/libweir-1.so or BUILD/tests/PROGRAM, from BUILD/tests/SUITE/PROGRAM, and from
 * LIBDIR/libweir-1.so wherever the installed tree was moved to. */
static char *
find_beside (const char *folder)
{
  static const char *const places[]
      = { "../core/process/weir-guard", "../../core/process/weir-guard", WEIR_GUARD_BESIDE };

  for (guint i = 0; folder != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *file = g_build_filename (folder, places[i], NULL);
      if (g_file_test (file, G_FILE_TEST_IS_EXECUTABLE))
        return g_canonicalize_filename (file, NULL);
    }
  return NULL;
}

char *
weir_guard_find_program (GError **error)
{
  const char *given = g_getenv (VARIABLE);
  g_autofree char *folder = find_own_folder ();

  if (given != NULL && *given != '\0')
    {
      if (g_file_test (given, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup (given);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "weir-guard, which starts worker processes, is not where the environment "
                   "variable " VARIABLE " says: %s",
                   given);
      return NULL;
    }

  char *beside = find_beside (folder);
  if (beside != NULL)
    return beside;
  if (g_file_test (WEIR_GUARD_PROGRAM, G_FILE_TEST_IS_EXECUTABLE))
    return g_strdup (WEIR_GUARD_PROGRAM);
  g_set_error (
      error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      "weir-guard, which starts worker processes, is missing: it is neither ../core/process/"
      "weir-guard nor " WEIR_GUARD_BESIDE " from %s, nor " WEIR_GUARD_PROGRAM
      " (the environment variable " VARIABLE " can name it)",
      folder != NULL ? folder : "the library");
  return NULL;
}
