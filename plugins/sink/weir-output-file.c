/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-output-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

WeirOutputFile *
weir_output_file_new (const char *path, gboolean durable)
{
  WeirOutputFile *file = g_new0 (WeirOutputFile, 1);

  file->path = g_strdup (path);
  file->durable = durable;
  file->fd = -1;
  return file;
}

void
weir_output_file_close (WeirOutputFile *file)
{
  g_clear_pointer (&file->writer, weir_fd_writer_free);
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

void
weir_output_file_free (WeirOutputFile *file)
{
  weir_output_file_close (file);
  g_free (file->path);
  g_free (file);
}

static void
set_error (WeirOutputFile *file, int code, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);

  if (code == ENOENT && !g_file_test (folder, G_FILE_TEST_EXISTS))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT,
                 "%s: the folder %s does not exist", file->path, folder);
  else
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_OUTPUT, "%s: %s", file->path,
                 g_strerror (code));
}

static gboolean
ends_without_newline (WeirOutputFile *file)
{
  int fd = file->size > 0 ? open (file->path, O_RDONLY | O_CLOEXEC) : -1;
  char last = '\n';

  if (fd < 0)
    return FALSE;

  gboolean torn = pread (fd, &last, 1, file->size - 1) == 1 && last != '\n';
  close (fd);
  return torn;
}

/* What the file holds is safe only when its name is. Best effort: not every folder can be synced.
 */
static void
sync_folder (WeirOutputFile *file)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;

  (void)fsync (fd);
  close (fd);
}

WeirStageStatus
weir_output_file_open (WeirOutputFile *file, GError **error)
{
  struct stat status;

  if (file->fd >= 0)
    return WEIR_STAGE_DONE;

  file->fd
      = open (file->path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);

  if (file->fd < 0 && errno == ENXIO)
    return WEIR_STAGE_WAIT;

  if (file->fd < 0 || fstat (file->fd, &status) != 0)
    {
      set_error (file, errno, error);
      return WEIR_STAGE_BROKEN;
    }

  file->regular = S_ISREG (status.st_mode);
  file->size = file->regular ? status.st_size : 0;
  file->torn = file->regular && ends_without_newline (file);
  if (file->regular && file->durable && file->size == 0)
    sync_folder (file);
  file->writer = weir_fd_writer_new (file->fd, file->path);
  return WEIR_STAGE_DONE;
}

gboolean
weir_output_file_sync (WeirOutputFile *file, GError **error)
{
  if (!file->regular || fsync (file->fd) == 0)
    return TRUE;

  set_error (file, errno, error);
  return FALSE;
}

/* The bytes of a name before its extension, to which the one of a compressor adds another. */
static int
measure_stem (const char *base)
{
  static const char *const compressed[] = { ".gz", ".zst", ".zstd" };
  const char *dot = strrchr (base + 1, '.');
  gboolean twice = FALSE;

  for (guint i = 0; dot != NULL && i < G_N_ELEMENTS (compressed); i++)
    twice |= g_str_equal (dot, compressed[i]);
  if (twice)
    {
      const char *before = g_strrstr_len (base + 1, dot - base - 1, ".");

      dot = before != NULL ? before : dot;
    }
  return dot != NULL ? (int)(dot - base) : (int)strlen (base);
}

/* `dir/o.ndjson.gz` becomes `dir/o-20260101T000000Z-000001.ndjson.gz`. */
static char *
make_name (WeirOutputFile *file, gint64 real_time)
{
  g_autofree char *base = g_path_get_basename (file->path);
  int stem = measure_stem (base);
  int folder = (int)(strlen (file->path) - strlen (base));
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (real_time / 1000000000);
  g_autofree char *shown = g_date_time_format (date, "%Y%m%dT%H%M%SZ");

  return g_strdup_printf ("%.*s%.*s-%s-%06u%s", folder, file->path, stem, base, shown,
                          ++file->n_renamed, base + stem);
}

/* Like rename(), but never over a file that is there. */
static int
rename_new (const char *from, const char *to)
{
  int result = renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

  if (result == 0 || (errno != EINVAL && errno != ENOSYS))
    return result;

  /* A file system that cannot do so. */
  if (access (to, F_OK) == 0)
    {
      errno = EEXIST;
      return -1;
    }
  return rename (from, to);
}

gboolean
weir_output_file_set_aside (WeirOutputFile *file, gint64 real_time, GError **error)
{
  int code;

  weir_output_file_close (file);

  do
    {
      g_autofree char *name = make_name (file, real_time);

      code = rename_new (file->path, name) == 0 ? 0 : errno;
    }
  while (code == EEXIST);

  if (code != 0)
    set_error (file, code, error);
  return code == 0;
}

void
weir_output_file_cut (WeirOutputFile *file, guint64 n_bytes)
{
  off_t end = file->regular && file->fd >= 0 ? lseek (file->fd, 0, SEEK_CUR) : -1;
  struct stat status;

  if (n_bytes == 0 || end < (off_t)n_bytes || fstat (file->fd, &status) != 0
      || status.st_size != end)
    return;

  if (ftruncate (file->fd, end - n_bytes) == 0)
    file->size -= MIN (file->size, n_bytes);
}
