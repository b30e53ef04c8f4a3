/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <weir/weir-plugin.h>

G_BEGIN_DECLS

typedef enum
{
  WEIR_COMPRESS_NONE,
  WEIR_COMPRESS_GZIP,
  WEIR_COMPRESS_ZSTD,
} WeirCompress;

/* What more is wanted than to take bytes in. */
typedef enum
{
  WEIR_COMPRESSOR_GO_ON,
  WEIR_COMPRESSOR_FLUSH,  /* all that was taken in can be read from what is out */
  WEIR_COMPRESSOR_FINISH, /* the member or frame is complete; the next byte begins another */
} WeirCompressorMode;

/* Compresses a stream into a buffer. */
typedef struct _WeirCompressor WeirCompressor;

WeirCompressor *weir_compressor_new (WeirCompress format) G_GNUC_WARN_UNUSED_RESULT;
void weir_compressor_free (WeirCompressor *compressor);

/* Appends to @out what comes out. */
void weir_compressor_add (WeirCompressor *compressor, const char *bytes, gsize length,
                          WeirCompressorMode mode, GByteArray *out);

/* Whether the file at @path ends where a member or frame ends, so that another may follow. */
gboolean weir_compressor_may_append (WeirCompress format, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCompressor, weir_compressor_free)

G_END_DECLS
