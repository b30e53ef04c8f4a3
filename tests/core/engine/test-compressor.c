/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir-compressor.h>

#include <zlib.h>
#include <zstd.h>

/* What can be read from the beginning of a stream. */
static char *
expand (WeirCompress format, const GByteArray *bytes)
{
  char *text = g_malloc0 (1 << 20);

  if (format == WEIR_COMPRESS_GZIP)
    {
      z_stream stream = { .next_in = bytes->data,
                          .avail_in = bytes->len,
                          .next_out = (Bytef *)text,
                          .avail_out = 1 << 20 };

      g_assert_cmpint (inflateInit2 (&stream, 15 + 16), ==, Z_OK);
      inflate (&stream, Z_SYNC_FLUSH);
      inflateEnd (&stream);
    }
  else
    {
      ZSTD_DStream *stream = ZSTD_createDStream ();
      ZSTD_inBuffer in = { bytes->data, bytes->len, 0 };
      ZSTD_outBuffer out = { text, 1 << 20, 0 };

      while (in.pos < in.size)
        g_assert_false (ZSTD_isError (ZSTD_decompressStream (stream, &out, &in)));
      ZSTD_freeDStream (stream);
    }
  return text;
}

static void
test_flush (gconstpointer data)
{
  WeirCompress format = GPOINTER_TO_UINT (data);
  g_autoptr (WeirCompressor) compressor = weir_compressor_new (format);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *line = g_strdup_printf ("{\"i\":%u}\n", i * i);
      g_autofree char *text = NULL;

      g_string_append (expected, line);
      weir_compressor_add (compressor, line, strlen (line), WEIR_COMPRESSOR_FLUSH, out);
      text = expand (format, out);
      g_assert_cmpstr (text, ==, expected->str);
    }
}

static void
test_members (gconstpointer data)
{
  WeirCompress format = GPOINTER_TO_UINT (data);
  g_autoptr (WeirCompressor) compressor = weir_compressor_new (format);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *text = NULL;

  weir_compressor_add (compressor, "one", 3, WEIR_COMPRESSOR_FINISH, out);
  g_byte_array_set_size (out, 0);
  weir_compressor_add (compressor, "two", 3, WEIR_COMPRESSOR_FINISH, out);
  text = expand (format, out);
  g_assert_cmpstr (text, ==, "two");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint format = WEIR_COMPRESS_GZIP; weir_compress_names[format] != NULL; format++)
    {
      g_autofree char *flush = g_strdup_printf ("/compressor/%s/what is flushed can be read",
                                                weir_compress_names[format]);
      g_autofree char *members = g_strdup_printf (
          "/compressor/%s/what follows a finished stream is another", weir_compress_names[format]);

      g_test_add_data_func (flush, GUINT_TO_POINTER (format), test_flush);
      g_test_add_data_func (members, GUINT_TO_POINTER (format), test_members);
    }
  return g_test_run ();
}
