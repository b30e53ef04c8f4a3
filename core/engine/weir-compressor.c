/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-compressor.h>

#include <zlib.h>
#include <zstd.h>

#define CHUNK (32 * 1024)

const char *const weir_compress_names[] = { "none", "gzip", "zstd", NULL };

struct _WeirCompressor
{
  WeirCompress format;
  z_stream gzip;
  ZSTD_CStream *zstd;
};

/**
 * weir_compressor_new: (skip)
 * @format: %WEIR_COMPRESS_GZIP or %WEIR_COMPRESS_ZSTD
 *
 * Makes a compressor.
 *
 * Returns: (transfer full): the compressor
 */
WeirCompressor *
weir_compressor_new (WeirCompress format)
{
  g_return_val_if_fail (format != WEIR_COMPRESS_NONE, NULL);

  WeirCompressor *compressor = g_new0 (WeirCompressor, 1);
  int code = Z_OK;

  compressor->format = format;
  if (format == WEIR_COMPRESS_GZIP)
    /* 15 + 16: the largest window, with the header of gzip (RFC 1952); 8: the default memory */
    code = deflateInit2 (&compressor->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                         Z_DEFAULT_STRATEGY);
  else
    compressor->zstd = ZSTD_createCStream ();

  g_assert (code == Z_OK);
  if (compressor->zstd != NULL)
    ZSTD_CCtx_setParameter (compressor->zstd, ZSTD_c_checksumFlag, 1);

  return compressor;
}

/**
 * weir_compressor_free: (skip)
 * @compressor: (transfer full): a compressor
 *
 * Frees @compressor, with what it has taken in and not given out.
 */
void
weir_compressor_free (WeirCompressor *compressor)
{
  if (compressor->format == WEIR_COMPRESS_GZIP)
    deflateEnd (&compressor->gzip);
  ZSTD_freeCStream (compressor->zstd);
  g_free (compressor);
}

/* TRUE: there is more to come out. */
static gboolean
deflate_some (WeirCompressor *compressor, WeirCompressorMode mode, GByteArray *out)
{
  static const int flush[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH };
  z_stream *gzip = &compressor->gzip;
  guint start = out->len;

  g_byte_array_set_size (out, start + CHUNK);
  gzip->next_out = out->data + start;
  gzip->avail_out = CHUNK;

  int code = deflate (gzip, flush[mode]);

  g_assert (code != Z_STREAM_ERROR);
  g_byte_array_set_size (out, start + CHUNK - gzip->avail_out);
  if (code == Z_STREAM_END)
    deflateReset (gzip);
  return code != Z_STREAM_END && (gzip->avail_in > 0 || gzip->avail_out == 0);
}

static gboolean
zstd_some (WeirCompressor *compressor, ZSTD_inBuffer *in, WeirCompressorMode mode, GByteArray *out)
{
  static const ZSTD_EndDirective flush[] = { ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end };
  guint start = out->len;

  g_byte_array_set_size (out, start + CHUNK);

  ZSTD_outBuffer room = { out->data + start, CHUNK, 0 };
  size_t left = ZSTD_compressStream2 (compressor->zstd, &room, in, flush[mode]);

  g_assert (!ZSTD_isError (left));
  g_byte_array_set_size (out, start + room.pos);
  return mode == WEIR_COMPRESSOR_GO_ON ? in->pos < in->size : left > 0;
}

/**
 * weir_compressor_add: (skip)
 * @compressor: a compressor
 * @bytes: (nullable): what it is to take in
 * @length: how much that is; less than 4 GiB
 * @mode: what more is wanted
 * @out: what comes out is appended to it
 *
 * Compresses some bytes.
 */
void
weir_compressor_add (WeirCompressor *compressor, const char *bytes, gsize length,
                     WeirCompressorMode mode, GByteArray *out)
{
  ZSTD_inBuffer in = { bytes, length, 0 };

  g_assert (length <= G_MAXUINT32);

  if (compressor->format == WEIR_COMPRESS_GZIP)
    {
      compressor->gzip.next_in = (Bytef *)bytes;
      compressor->gzip.avail_in = length;
      while (deflate_some (compressor, mode, out))
        continue;
    }
  else
    while (zstd_some (compressor, &in, mode, out))
      continue;
}

/* Reads the whole file: nothing but its end tells where a member of gzip ends. */
static gboolean
gzip_is_whole (const char *bytes, gsize length)
{
  g_autofree char *scratch = g_malloc (CHUNK);
  z_stream gzip = { .next_in = (Bytef *)bytes };
  int code = inflateInit2 (&gzip, 15 + 16);
  const char *end = bytes + length;

  while (code == Z_OK || (code == Z_STREAM_END && (const char *)gzip.next_in < end))
    {
      if (code == Z_STREAM_END)
        inflateReset (&gzip);
      gzip.avail_in = MIN ((gsize)(end - (const char *)gzip.next_in), G_MAXINT32);
      gzip.next_out = (Bytef *)scratch;
      gzip.avail_out = CHUNK;
      code = inflate (&gzip, Z_NO_FLUSH);
    }

  inflateEnd (&gzip);
  return code == Z_STREAM_END;
}

/* Frames of zstd are found by the headers of their blocks. */
static gboolean
zstd_is_whole (const char *bytes, gsize length)
{
  while (length > 0)
    {
      size_t size = ZSTD_findFrameCompressedSize (bytes, length);

      if (ZSTD_isError (size))
        return FALSE;
      bytes += size;
      length -= size;
    }

  return TRUE;
}

/**
 * weir_compressor_may_append: (skip)
 * @format: what the file is compressed with
 * @path: a file
 *
 * Returns: whether the file ends where a member or frame ends, so that another may follow
 */
gboolean
weir_compressor_may_append (WeirCompress format, const char *path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  gsize length = file != NULL ? g_mapped_file_get_length (file) : 0;

  if (length == 0)
    return TRUE;

  if (format == WEIR_COMPRESS_GZIP)
    return gzip_is_whole (g_mapped_file_get_contents (file), length);

  return zstd_is_whole (g_mapped_file_get_contents (file), length);
}
