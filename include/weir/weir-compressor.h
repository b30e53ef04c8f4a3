/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <weir/weir-version.h>

G_BEGIN_DECLS

/**
 * WeirCompress: (skip)
 * @WEIR_COMPRESS_NONE: bytes as they are
 * @WEIR_COMPRESS_GZIP: gzip (RFC 1952)
 * @WEIR_COMPRESS_ZSTD: Zstandard (RFC 8878), with checksums
 *
 * The choices of an option that compresses, which weir_compress_names are the names of.
 */
typedef enum
{
  WEIR_COMPRESS_NONE,
  WEIR_COMPRESS_GZIP,
  WEIR_COMPRESS_ZSTD,
} WeirCompress;

WEIR_API const char *const weir_compress_names[];

/**
 * WeirCompressorMode: (skip)
 * @WEIR_COMPRESSOR_GO_ON: nothing
 * @WEIR_COMPRESSOR_FLUSH: all that was taken in can be read from what is out
 * @WEIR_COMPRESSOR_FINISH: the member or frame is complete; the next byte begins another
 *
 * What more is wanted than to take bytes in.
 */
typedef enum
{
  WEIR_COMPRESSOR_GO_ON,
  WEIR_COMPRESSOR_FLUSH,
  WEIR_COMPRESSOR_FINISH,
} WeirCompressorMode;

/**
 * WeirCompressor: (skip)
 *
 * Compresses a stream into a buffer.
 */
typedef struct _WeirCompressor WeirCompressor;

WEIR_API WeirCompressor *weir_compressor_new (WeirCompress format) G_GNUC_WARN_UNUSED_RESULT;
WEIR_API void weir_compressor_free (WeirCompressor *compressor);
WEIR_API void weir_compressor_add (WeirCompressor *compressor, const char *bytes, gsize length,
                                   WeirCompressorMode mode, GByteArray *out);
WEIR_API gboolean weir_compressor_may_append (WeirCompress format, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCompressor, weir_compressor_free)

G_END_DECLS
