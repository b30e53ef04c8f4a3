/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "weir-file-input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define RAW_SIZE   (128 * 1024)
#define MAGIC_SIZE 4

typedef enum
{
  FORMAT_UNKNOWN, /* the first bytes have not been seen yet */
  FORMAT_PLAIN,
  FORMAT_GZIP,
  FORMAT_ZSTD,
} Format;

/* The first bytes of a file tell its format (RFC 1952, RFC 8878). They are read into `raw`; a
 * plain file gives them out and is then read straight to where the caller wants it, a compressed
 * one is read through `raw` on. A file may be several members or frames after one another. What is
 * not a regular file is asked by poll() before each read, because it may have nothing yet. */
struct _WeirFileInput
{
  char *path;
  int fd;
  gboolean regular;
  gboolean at_end; /* of the file, not of what it decompresses to */
  Format format;

  char *raw;
  gsize raw_start;
  gsize raw_end;

  z_stream gzip;
  ZSTD_DStream *zstd;
  gboolean in_member; /* a member or frame has begun and not ended */
  gboolean held_back; /* the decompressor may have more without more input */
  const char *damage; /* found behind bytes that were given out, or NULL */
};

static gssize
fail (WeirFileInput *input, GError **error, const char *why)
{
  g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_INPUT, "%s: %s", input->path, why);
  return -2;
}

WeirFileInput *
weir_file_input_open (const char *path, GError **error)
{
  g_autoptr (WeirFileInput) input = g_new0 (WeirFileInput, 1);
  struct stat status;

  input->path = g_strdup (path);
  input->fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (input->fd < 0 || fstat (input->fd, &status) != 0)
    {
      fail (input, error, g_strerror (errno));
      return NULL;
    }

  input->regular = S_ISREG (status.st_mode);
  input->raw = g_malloc (RAW_SIZE);
  posix_fadvise (input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return g_steal_pointer (&input);
}

void
weir_file_input_close (WeirFileInput *input)
{
  if (input->format == FORMAT_GZIP)
    inflateEnd (&input->gzip);
  if (input->zstd != NULL)
    ZSTD_freeDStream (input->zstd);
  if (input->fd >= 0)
    close (input->fd);
  g_free (input->raw);
  g_free (input->path);
  g_free (input);
}

int
weir_file_input_get_fd (const WeirFileInput *input)
{
  return input->fd;
}

gboolean
weir_file_input_is_regular (const WeirFileInput *input)
{
  return input->regular;
}

static gssize
read_file (WeirFileInput *input, char *buffer, gsize size, GError **error)
{
  struct pollfd ask = { .fd = input->fd, .events = POLLIN };
  gssize n;

  if (!input->regular && poll (&ask, 1, 0) == 0)
    return -1;

  do
    n = read (input->fd, buffer, size);
  while (n < 0 && errno == EINTR);

  if (n < 0)
    return errno == EAGAIN ? -1 : fail (input, error, g_strerror (errno));

  input->at_end = n == 0;
  return n;
}

/* Reads more into an empty `raw`; FALSE with what to return. */
static gboolean
fill_raw (WeirFileInput *input, gssize *result, GError **error)
{
  gssize n = read_file (input, input->raw + input->raw_end, RAW_SIZE - input->raw_end, error);

  if (n < 0)
    {
      *result = n;
      return FALSE;
    }

  input->raw_end += n;
  return TRUE;
}

/* The frames of zstd: data, or what a reader skips, which some writers begin with. */
static gboolean
is_zstd (const char *raw, gsize length)
{
  static const guchar data[] = { 0x28, 0xb5, 0x2f, 0xfd };
  static const guchar skipped[] = { 0x2a, 0x4d, 0x18 };

  if (length < sizeof data)
    return FALSE;

  return memcmp (raw, data, sizeof data) == 0
         || (((guchar)raw[0] & 0xf0) == 0x50 && memcmp (raw + 1, skipped, sizeof skipped) == 0);
}

static void
find_format (WeirFileInput *input)
{
  static const guchar gzip[] = { 0x1f, 0x8b, 0x08 };

  input->format = FORMAT_PLAIN;

  if (input->raw_end >= sizeof gzip && memcmp (input->raw, gzip, sizeof gzip) == 0)
    {
      /* 15 + 16: the largest window, and the header of gzip */
      g_assert_cmpint (inflateInit2 (&input->gzip, 15 + 16), ==, Z_OK);
      input->format = FORMAT_GZIP;
    }
  else if (is_zstd (input->raw, input->raw_end))
    {
      input->zstd = ZSTD_createDStream ();
      input->format = FORMAT_ZSTD;
    }
}

static gssize
read_plain (WeirFileInput *input, char *buffer, gsize size, GError **error)
{
  gsize n = MIN (input->raw_end - input->raw_start, size);

  if (n == 0)
    return read_file (input, buffer, size, error);

  memcpy (buffer, input->raw + input->raw_start, n);
  input->raw_start += n;

  if (input->raw_start == input->raw_end)
    g_clear_pointer (&input->raw, g_free);

  return n;
}

/* Zero bytes behind the last member are padding, as tape archives have it; TRUE: nothing else is in
 * `raw`. */
static gboolean
skip_padding (WeirFileInput *input)
{
  while (input->raw_start < input->raw_end && input->raw[input->raw_start] == 0)
    input->raw_start++;

  return input->raw_start == input->raw_end;
}

/* Decompresses what is in `raw`: the number of bytes made. What was made before a damage counts. */
static gssize
inflate_some (WeirFileInput *input, char *buffer, gsize size)
{
  z_stream *gzip = &input->gzip;

  if (!input->in_member && skip_padding (input))
    return 0;

  input->in_member = TRUE;
  gzip->next_in = (Bytef *)input->raw + input->raw_start;
  gzip->avail_in = input->raw_end - input->raw_start;
  gzip->next_out = (Bytef *)buffer;
  gzip->avail_out = MIN (size, G_MAXUINT32);

  int code = inflate (gzip, Z_NO_FLUSH);

  input->raw_start = input->raw_end - gzip->avail_in;

  if (code == Z_STREAM_END)
    {
      input->in_member = FALSE;
      inflateReset (gzip);
    }
  else if (code != Z_OK && code != Z_BUF_ERROR)
    input->damage = "the gzip data is damaged";

  return (char *)gzip->next_out - buffer;
}

static gssize
unzstd_some (WeirFileInput *input, char *buffer, gsize size)
{
  ZSTD_inBuffer in = { input->raw, input->raw_end, input->raw_start };
  ZSTD_outBuffer out = { buffer, size, 0 };
  size_t left = ZSTD_decompressStream (input->zstd, &out, &in);

  if (ZSTD_getErrorCode (left) == ZSTD_error_frameParameter_windowTooLarge)
    input->damage = "the zstd data needs a window of more than 128 MiB";
  else if (ZSTD_isError (left))
    input->damage = "the zstd data is damaged";

  input->raw_start = in.pos;
  input->in_member = left != 0;
  return out.pos;
}

static gssize
read_compressed (WeirFileInput *input, char *buffer, gsize size, GError **error)
{
  for (;;)
    {
      gboolean busy = input->raw_start < input->raw_end || input->held_back;
      gssize n = 0;

      if (input->damage != NULL)
        return fail (input, error, input->damage);

      if (busy && input->format == FORMAT_GZIP)
        n = inflate_some (input, buffer, size);
      else if (busy)
        n = unzstd_some (input, buffer, size);

      input->held_back = n == (gssize)size;
      if (n != 0)
        return n;

      if (input->raw_start < input->raw_end)
        continue;

      if (input->at_end)
        return input->in_member ? fail (input, error, "the compressed data is cut off") : 0;

      input->raw_start = input->raw_end = 0;
      if (!fill_raw (input, &n, error))
        return n;
    }
}

gssize
weir_file_input_read (gpointer data, char *buffer, gsize size, GError **error)
{
  WeirFileInput *input = data;
  gssize result;

  while (input->format == FORMAT_UNKNOWN)
    {
      if (!fill_raw (input, &result, error))
        return result;
      if (input->raw_end >= MAGIC_SIZE || input->at_end)
        find_format (input);
    }

  if (input->format == FORMAT_PLAIN)
    return read_plain (input, buffer, size, error);

  return read_compressed (input, buffer, size, error);
}
