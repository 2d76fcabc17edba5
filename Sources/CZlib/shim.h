#pragma once
#include <zlib.h>
// The initialisers are macros, which Swift does not import. A negative window size means a stream without header.
static inline int tnt_inflateInit2(z_stream *stream, int windowBits) { return inflateInit2(stream, windowBits); }
static inline int tnt_deflateInit2(z_stream *stream, int level, int windowBits) {
  return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
